import { parentPort, workerData } from 'node:worker_threads';
import { DamagedFile, FileInUse, openStore } from './open-store.js';
import { serve, type RunningServer } from './server.js';

/** What the worker says to the thread that started it. */
export type WorkerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'in-use' }
  | { readonly type: 'damaged'; readonly reason: string }
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'closed' };

export interface WorkerOptions {
  readonly file: string;
  readonly socketPath: string;
}

const port = parentPort;
if (!port) throw new Error('worker.js runs as a worker thread only');
// Only `WorkerHandle` starts this file, and it passes exactly these options.
const { file, socketPath } = workerData as WorkerOptions;
const tell = (message: WorkerMessage): void => port.postMessage(message);

let server: RunningServer | undefined;
try {
  server = await serve(openStore(file), socketPath);
  tell({ type: 'ready' });
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof FileInUse) tell({ type: 'in-use' });
  else tell({ type: error instanceof DamagedFile ? 'damaged' : 'failed', reason });
}

// The only message is the wish to end.
port.once('message', () => {
  void (async () => {
    await server?.close();
    tell({ type: 'closed' });
    port.close();
  })();
});

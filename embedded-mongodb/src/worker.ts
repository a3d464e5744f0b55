import { parentPort, workerData } from 'node:worker_threads';
import { DamagedFile, FileInUse, openStore } from './open-store.js';
import { serve } from './server.js';

/** What the thread is given: the data file and where to listen. */
export interface WorkerOptions {
  readonly file: string;
  readonly socketPath: string;
}

/** What the thread says when it has tried to start. */
export interface Started {
  readonly type: 'ready' | 'in-use' | 'damaged' | 'failed';
  readonly reason: string;
}

// Only `Member` starts this file, and it passes exactly these options.
const { file, socketPath } = workerData as WorkerOptions;

async function start(): Promise<Started> {
  try {
    const server = await serve(openStore(file), socketPath);
    // The only message is the wish to end.
    parentPort?.once('message', () => void server.close().then(() => parentPort?.close()));
    return { type: 'ready', reason: '' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof FileInUse) return { type: 'in-use', reason };
    return { type: error instanceof DamagedFile ? 'damaged' : 'failed', reason };
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage(await start());

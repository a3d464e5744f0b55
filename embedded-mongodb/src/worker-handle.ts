import { Worker } from 'node:worker_threads';
import type { WorkerMessage, WorkerOptions } from './worker.js';

/** How an attempt to own the data folder went. */
export type Start =
  | { readonly type: 'owner'; readonly worker: WorkerHandle }
  | Exclude<WorkerMessage, { type: 'ready' | 'closed' }>;

/** Beyond this the thread ends with an error and is started again, instead of filling the machine. */
const MAX_MEMORY_MB = 1024;

/** The thread that runs the server in this process. */
export class WorkerHandle {
  private closing = false;

  private constructor(
    private readonly worker: Worker,
    onEnd: (error: Error) => void,
  ) {
    let cause: Error | undefined;
    worker.on(
      'error',
      (error: unknown) => (cause = error instanceof Error ? error : new Error(String(error))),
    );
    worker.on('exit', (code) => {
      if (!this.closing) onEnd(cause ?? new Error(`The database thread ended with code ${code}`));
    });
  }

  /** Starts the thread. `onEnd` is called when it ends without having been asked to. */
  static async start(options: WorkerOptions, onEnd: (error: Error) => void): Promise<Start> {
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: options,
      // Options of this process, such as `--eval`, are not meant for the thread.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY_MB },
    });
    const first = await new Promise<WorkerMessage>((resolve) => {
      worker.once('message', resolve);
      worker.once('exit', (code) =>
        resolve({ type: 'failed', reason: `the thread ended with code ${code}` }),
      );
      worker.once('error', (error: unknown) => resolve({ type: 'failed', reason: String(error) }));
    });
    if (first.type === 'ready') {
      // The server must not keep the process alive: whoever needs it has a connection open.
      worker.unref();
      return { type: 'owner', worker: new WorkerHandle(worker, onEnd) };
    }
    await worker.terminate();
    return first.type === 'closed' ? { type: 'failed', reason: 'the thread closed' } : first;
  }

  /** Ends the server and waits until the file is closed. */
  async close(): Promise<void> {
    this.closing = true;
    const ended = new Promise((resolve) => this.worker.once('exit', resolve));
    this.worker.ref();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.worker.postMessage('close');
    await ended;
  }
}

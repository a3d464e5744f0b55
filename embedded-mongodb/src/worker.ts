import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { FileInUse, openStore } from './open-store.js';
import { serve } from './server.js';

/** What the thread is given: the data file and where to listen. */
export type WorkerOptions = Readonly<{ file: string; socketPath: string }>;

/** Between two looks whether the owner of the file is gone: an outage of a moment. */
const LOOK_MS = 200;

// Only `Member` starts this file, and it passes exactly these options.
const { file, socketPath } = workerData as WorkerOptions;
/** The thread's only news: whether it owns the file now. */
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
const tell = (isOwner: boolean): void => parentPort?.postMessage(isOwner);
/** The only message is the wish to end. */
const end = new Promise<true>((resolve) => parentPort?.once('message', () => resolve(true)));

/** Serves the file as soon as nobody else does, until this process has enough. */
async function takePart(): Promise<void> {
  for (;;)
    try {
      const close = await serve(openStore(file), socketPath);
      tell(true);
      await end;
      return close();
    } catch (error) {
      if (!(error instanceof FileInUse)) throw error;
      tell(false);
      // Unevenly: two that look at the same time are in each other's way.
      if (await Promise.race([end, sleep(LOOK_MS * (1 + Math.random()), false)])) return;
    }
}

await takePart();
process.exit();

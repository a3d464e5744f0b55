import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { FileInUse, openStore } from './storage/open-store.js';
import { serve } from './protocol/server.js';

/** Between two looks whether the owner of the file is gone: an outage of a moment. */
const LOOK_MS = 200;

// Only `Member` starts this file, and it passes the data file and where to listen.
const [file, socketPath] = workerData as [string, string];
/** The thread's only news: whether it owns the file now. */
const tell = (isOwner: boolean): void => parentPort?.postMessage(isOwner);
/** The only message is the wish to end. */
const end = new Promise<true>((resolve) => parentPort?.once('message', () => resolve(true)));

// Serves the file as soon as nobody else does, until this process has enough.
for (;;)
  try {
    const close = await serve(openStore(file), socketPath);
    tell(true);
    await end;
    await close();
    break;
  } catch (error) {
    if (!(error instanceof FileInUse)) throw error;
    tell(false);
    // Unevenly: two that look at the same time are in each other's way.
    if (await Promise.race([end, sleep(LOOK_MS * (1 + Math.random()), false)])) break;
  }
process.exit();

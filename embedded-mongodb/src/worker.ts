import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { FileInUse, openStore } from './storage/open-store.js';
import { serve } from './protocol/server.js';

/** How often a waiting process tries to own the file: an owner's end is a short outage. */
const LOOK_MS = 200;

// `Member` alone starts this file, and passes the data file and the socket's path.
const [file, socketPath] = workerData as [string, string];
/** Tells `Member` whether this thread owns the file now. */
const tell = (isOwner: boolean): void => parentPort?.postMessage(isOwner);
/** Settles when `Member` wants the thread to end, which is its only message. */
const end = new Promise<true>((resolve) => parentPort?.once('message', () => resolve(true)));

// Serves the file as soon as no other process does, until the thread has to end.
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
    // The pauses differ: two processes that try at the same moment lock each other out.
    if (await Promise.race([end, sleep(LOOK_MS * (1 + Math.random()), false)])) break;
  }
process.exit();

// Loaded into an application's process before it starts: measures it when its parent asks. Needs
// `--expose-gc` for a heap without garbage.
import mongoose from 'mongoose';
import { readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

const MEGABYTE = 1024 * 1024;

/** A process as it stands between requests. */
export interface Mark {
  /** Megabytes. */
  readonly rss: number;
  /** Megabytes in use on the main thread after a collection. */
  readonly heap: number;
  /** Files, sockets and pipes that are open; where the system tells no number, active handles. */
  readonly handles: number;
  /** How many documents each collection holds. */
  readonly documents: Readonly<Record<string, number>>;
}

process.on('message', () => void measure().then((mark) => process.send?.(mark)));
// The parent may ask, but the question that may come holds up no stop.
process.channel?.unref();

async function measure(): Promise<Mark> {
  // The first collection lets finalizers run, whose leavings the second takes.
  for (let turn = 0; turn < 2; turn++) {
    globalThis.gc?.();
    await setImmediate();
  }
  const { rss, heapUsed } = process.memoryUsage();
  return {
    rss: rss / MEGABYTE,
    heap: heapUsed / MEGABYTE,
    handles: handles(),
    documents: await documents(),
  };
}

function handles(): number {
  if (process.platform === 'linux') return readdirSync('/proc/self/fd').length;
  return process.getActiveResourcesInfo().filter((name) => name !== 'Timeout').length;
}

async function documents(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { db } of mongoose.connections) {
    for (const collection of (await db?.collections()) ?? []) {
      counts[collection.collectionName] = await collection.countDocuments();
    }
  }
  return counts;
}

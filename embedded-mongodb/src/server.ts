import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { Collection, Index } from './catalog.js';
import { converse } from './connection.js';
import { Executor } from './executor.js';
import { modify } from './modify.js';
import { byFilter } from './query.js';
import type { Store } from './store.js';

/** As many clients as one machine's processes can want; each may hold a message. */
const MAX_CONNECTIONS = 1_000;
/** MongoDB's own rhythm for what expires. */
const MINUTE = 60_000;
/** Few enough that no request waits long behind one turn. */
const EXPIRED_AT_ONCE = 200;

/** A listening server; `close` ends the connections and the file. */
export interface RunningServer {
  close(): Promise<void>;
}

/** Serves a store on a Unix socket. A file left there by an owner that is gone is replaced. */
export async function serve(store: Store, socketPath: string): Promise<RunningServer> {
  const executor = new Executor(store);
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void converse(socket, executor, ++connections);
  });
  server.maxConnections = MAX_CONNECTIONS;
  // Only the owner of the data gets here, so the file belongs to nobody any more.
  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  const stopWalking = walk(store, executor);
  return {
    async close() {
      stopWalking();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      store.close();
    },
  };
}

/** Every minute, and at once: ends idle cursors and removes expired documents in small turns. */
function walk(store: Store, executor: Executor): () => void {
  let timer: NodeJS.Timeout;
  const step = (): void => {
    executor.cursors.expire();
    let more = false;
    try {
      more = removeExpired(store);
    } catch {
      // A full disk: reads go on, and the next minute tries again.
    }
    timer = setTimeout(step, more ? 0 : MINUTE);
  };
  timer = setTimeout(step, 0);
  return () => clearTimeout(timer);
}

/**
 * Removes documents whose time is over, a small turn of one index at a time.
 *
 * @returns true when there may be more to remove right now
 */
export function removeExpired(store: Store, now = Date.now()): boolean {
  const collections = store.catalog.databases().flatMap((db) => store.catalog.collections(db));
  return collections.some((collection) =>
    collection.indexes.some((index) => expire(store, collection, index, now)),
  );
}

function expire(store: Store, collection: Collection, { spec }: Index, now: number): boolean {
  const [field] = spec.fields;
  if (spec.expireAfterSeconds === null || !field) return false;
  const end = new Date(now - spec.expireAfterSeconds * 1000);
  const query = byFilter(new Map([[field.name, new Map([['$lt', end]])]]), {
    limit: EXPIRED_AT_ONCE,
  });
  return modify(store, collection, query, null).matched === EXPIRED_AT_ONCE;
}

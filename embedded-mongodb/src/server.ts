import { once } from 'node:events';
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
/** What has expired is removed a little every second: no request waits long behind one turn. */
const TURN_MS = 1_000;
const EXPIRED_AT_ONCE = 200;

/**
 * Serves a store on a Unix socket. A file left there by an owner that is gone is replaced.
 *
 * @returns ends the connections and the store
 */
export async function serve(store: Store, socketPath: string): Promise<() => Promise<void>> {
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
  server.listen(socketPath);
  await once(server, 'listening');
  const timer = setInterval(() => tidy(executor, store), TURN_MS);
  return async () => {
    clearInterval(timer);
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
    store.close();
  };
}

function tidy({ cursors }: Executor, store: Store): void {
  cursors.expire();
  try {
    removeExpired(store);
  } catch {
    // A full disk: reads go on, and the next turn tries again.
  }
}

/**
 * Removes documents whose time is over, a small turn of one index at a time.
 *
 * @returns true when there may be more to remove right now
 */
export function removeExpired(store: Store, now = Date.now()): boolean {
  return [...store.catalog.all.values()].some((collection) =>
    collection.indexes.some((index) => expire(store, collection, index, now)),
  );
}

function expire(store: Store, collection: Collection, { spec }: Index, now: number): boolean {
  const [field] = spec.fields;
  if (spec.expireAfterSeconds === null || !field) return false;
  const end = new Date(now - spec.expireAfterSeconds * 1000);
  const filter = new Map([[field.name, new Map([['$lt', end]])]]);
  const query = byFilter(filter, { limit: EXPIRED_AT_ONCE });
  return modify(store, collection, query, null).matched === EXPIRED_AT_ONCE;
}

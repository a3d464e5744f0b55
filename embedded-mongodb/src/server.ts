import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { Executor } from './executor.js';
import { modify } from './modify.js';
import { byFilter } from './query.js';
import type { Store } from './store.js';
import { messagesOf, requestOf, writeReply } from './wire.js';

/** As many clients as one machine's processes can want; each may hold a message. */
const MAX_CONNECTIONS = 1_000;
/** What has expired is removed a little every second: no request waits long behind one turn. */
const TURN_MS = 1_000;
const EXPIRED_AT_ONCE = 200;

/**
 * Serves a store on a Unix socket. A file left there by an owner that is gone is replaced.
 * @returns ends the connections and the store
 */
export async function serve(store: Store, socketPath: string): Promise<() => Promise<void>> {
  const executor = new Executor(store);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void converse(socket, executor);
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

/**
 * Serves a client until it goes, one message after the other: a client that sends on without
 * reading its answers is not read either. What goes wrong with a connection ends that connection.
 */
async function converse(socket: Socket, executor: Executor): Promise<void> {
  async function* answers(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    for await (const message of messagesOf(chunks)) {
      const request = requestOf(message);
      const reply = executor.run(request.read, (fields) => writeReply(request, fields));
      if (request.answer !== 'none') yield reply;
    }
  }
  await pipeline(socket, answers, socket).catch(() => socket.destroy());
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
 * @returns true when there may be more to remove right now
 */
export function removeExpired(store: Store, now = Date.now()): boolean {
  const indexes = [...store.catalog.all.values()].flatMap((collection) => collection.indexes);
  return indexes.some(({ ns, spec }) => {
    if (spec.expireAfterSeconds === null) return false;
    const end = new Date(now - spec.expireAfterSeconds * 1000);
    const filter = new Map(spec.fields.map(({ name }) => [name, new Map([['$lt', end]])]));
    const query = byFilter(filter, { limit: EXPIRED_AT_ONCE });
    return modify(store, ns, query, null).matched === EXPIRED_AT_ONCE;
  });
}

import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { Executor } from './executor.js';
import { byFilter, modify } from './query.js';
import type { Store } from './store.js';
import { messagesOf, requestOf, writeReply } from './wire.js';

/** As many clients as one machine's processes can want; each may hold a message. */
const MAX_CONNECTIONS = 1_000;
/** What has expired is removed a little every second: no request waits long behind one turn. */
const [TURN_MS, EXPIRED_AT_ONCE] = [1_000, 200];

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
  const timer = setInterval(() => {
    executor.cursors.expire();
    try {
      removeExpired(store);
    } catch {
      // A full disk: reads go on, and the next turn tries again.
    }
  }, TURN_MS);
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

/** Removes some documents whose time is over, by each index in turn. @returns how many these are */
export function removeExpired(store: Store, now = Date.now()): number {
  let removed = 0;
  for (const { ns, spec } of [...store.catalog.all.values()].flatMap(({ indexes }) => indexes)) {
    if (spec.expireAfterSeconds === null) continue;
    const end = new Date(now - spec.expireAfterSeconds * 1000);
    const filter = new Map(spec.fields.map(({ name }) => [name, new Map([['$lt', end]])]));
    removed += modify(store, ns, byFilter(filter, { limit: EXPIRED_AT_ONCE }), null).matched;
  }
  return removed;
}

import { once, setMaxListeners } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { Executor } from '../commands/executor.js';
import { byFilter, modify } from '../storage/find.js';
import type { Store } from '../storage/store.js';
import { messagesOf, requestOf, writeReply } from './messages.js';

/** As many clients as one machine's processes can want; each may hold a message. */
const MAX_CONNECTIONS = 1_000;
/** What has expired is removed a little every second: no request waits long behind one turn. */
const [TURN_MS, EXPIRED_AT_ONCE] = [1_000, 200];

/** Serves a store on a Unix socket. @returns a function that ends the connections and the store */
export async function serve(store: Store, socketPath: string): Promise<() => Promise<void>> {
  const executor = new Executor(store);
  const end = new AbortController();
  setMaxListeners(MAX_CONNECTIONS, end.signal);
  const server = createServer((socket) => void converse(socket, executor, end.signal));
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
    end.abort();
    server.close();
    await once(server, 'close');
    store.close();
  };
}

/** Serves a client message by message: one that doesn't read its answers is not read either. */
async function converse(socket: Socket, executor: Executor, signal: AbortSignal): Promise<void> {
  async function* answers(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    for await (const message of messagesOf(chunks)) {
      const request = requestOf(message);
      const reply = executor.run(request.read, (fields) => writeReply(request, fields));
      if (request.answer !== 'none') yield reply;
    }
  }
  await pipeline(socket, answers, socket, { signal }).catch(() => socket.destroy());
}

/** Removes some documents whose time is over, by each index in turn. @returns how many these are */
export function removeExpired(store: Store, now = Date.now()): number {
  let removed = 0;
  for (const index of [...store.catalog.all.values()].flatMap(({ indexes }) => indexes)) {
    if (index.expireAfterSeconds === null) continue;
    const end = new Date(now - index.expireAfterSeconds * 1000);
    const filter = new Map(index.fields.map(({ name }) => [name, new Map([['$lt', end]])]));
    removed += modify(store, index.ns, byFilter(filter, { limit: EXPIRED_AT_ONCE })).matched;
  }
  return removed;
}

import { once, setMaxListeners } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { Executor } from '../commands/executor.js';
import { removeExpired } from '../storage/expiry.js';
import type { Store } from '../storage/store.js';
import { messagesOf } from './framing.js';
import { requestOf, writeReply } from './messages.js';

/** More clients than one machine's processes need; each one may hold a message in memory. */
const MAX_CONNECTIONS = 1_000;
/** How often some of the expired documents and cursors are removed. */
const EXPIRY_MS = 1_000;

/** Serves a store on a Unix socket. @returns a function that ends the connections and the store */
export async function serve(store: Store, socketPath: string): Promise<() => Promise<void>> {
  const executor = new Executor(store);
  const end = new AbortController();
  setMaxListeners(MAX_CONNECTIONS, end.signal);
  const server = createServer((socket) => void converse(socket, executor, end.signal));
  server.maxConnections = MAX_CONNECTIONS;
  // This process owns the data, so a socket that is still there belongs to a process that ended.
  rmSync(socketPath, { force: true });
  server.listen(socketPath);
  await once(server, 'listening');
  const timer = setInterval(() => {
    executor.cursors.expire();
    try {
      removeExpired(store);
    } catch {
      // The disk may be full: reads go on, and the next turn tries again.
    }
  }, EXPIRY_MS);
  return async () => {
    clearInterval(timer);
    end.abort();
    server.close();
    await once(server, 'close');
    store.close();
  };
}

/**
 * Answers a client's messages in their order. `pipeline` stops reading from a client that doesn't
 * read its answers, so that these can't fill the memory.
 */
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

import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { attach } from './connection.js';
import { Executor } from './executor.js';
import type { Store } from './store.js';
import { removeExpired } from './ttl.js';

/** As many clients as one machine's processes can want; each may hold a message. */
const MAX_CONNECTIONS = 1_000;
/** MongoDB's own rhythm for what expires. */
const MINUTE = 60_000;

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
    attach(socket, executor, ++connections);
  });
  server.maxConnections = MAX_CONNECTIONS;
  // Only the owner of the data gets here, so the file belongs to nobody any more.
  rmSync(socketPath, { force: true });
  await listen(server, socketPath);
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

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
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

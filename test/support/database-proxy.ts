import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP address in front of a socket file, which can stop passing anything on, as a hung server does, or be slow. */
export async function databaseProxy(socketPath: string) {
  const sockets: Socket[] = [];
  let hung = false;
  let latency = 0;
  let last: string | null = null;
  const pass = (chunk: Buffer, to: Socket) => {
    hung ||= last !== null && chunk.includes(last);
    if (hung) return;
    if (latency === 0) to.write(chunk);
    else setTimeout(() => to.write(chunk), latency);
  };
  const server = createServer((near) => {
    const far = connect(socketPath);
    near.on('data', (chunk) => pass(chunk, far));
    far.on('data', (chunk) => pass(chunk, near));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('close', () => other.destroy());
      one.on('error', () => other.destroy());
      sockets.push(one);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    uri: `mongodb://127.0.0.1:${port}/latchkey?directConnection=true`,
    hang: (on: boolean) => {
      hung = on;
      last = null;
    },
    /** Hangs from the first command or answer on that names this. */
    hangAt: (name: string) => {
      last = name;
    },
    /** @param milliseconds added to each way */
    slow: (milliseconds: number) => {
      latency = milliseconds;
    },
    /** Cuts every connection, as a server does that is killed with an answer still unread. */
    reset: () => {
      for (const socket of sockets.splice(0)) {
        if (socket.remotePort !== undefined) socket.resetAndDestroy();
      }
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';

/** A port of loopback that nobody listens on, for what has to know it before it starts. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // It listens on an address, so it has one with a port.
  const { port } = server.address() as AddressInfo;
  await promisify(server.close.bind(server))();
  return port;
}

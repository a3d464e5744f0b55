import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

const OP_MSG = 2013;
/** Offsets in a message (MongoDB wire protocol): op code, kind of the first section, name of its first field. */
const [OP_CODE, SECTION_KIND, FIRST_NAME] = [12, 20, 26];
/** What the driver asks by itself. */
const OWN = ['hello', 'isMaster', 'ping', 'endSessions'];

/** A TCP address in front of the embedded server's socket, which counts the commands that pass. */
export interface WireCounter {
  readonly uri: string;
  /** The names of the commands since the last call, in their order, without the driver's own. */
  taken(): string[];
  close(): void;
}

/** @param uri as the embedded server gives it: mongodb://<path of a socket, encoded>/<database> */
export async function countCommands(uri: string): Promise<WireCounter> {
  const [, socketPath = '', database = ''] = /^mongodb:\/\/([^/]+)\/(\w+)/.exec(uri) ?? [];
  const sockets: Socket[] = [];
  let commands: string[] = [];
  const server = createServer((near) => {
    const far = connect(decodeURIComponent(socketPath));
    sockets.push(near, far);
    const read = commandReader((name) => commands.push(name));
    near.on('data', read);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // It listens on an address, so it has one with a port.
  const { port } = server.address() as AddressInfo;
  return {
    uri: `mongodb://127.0.0.1:${port}/${database}?directConnection=true`,
    taken: () => {
      const taken = commands.filter((name) => !OWN.includes(name));
      commands = [];
      return taken;
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** @returns a listener for chunks, which tells the name of each whole command */
function commandReader(tell: (name: string) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
      const message = rest.subarray(0, rest.readInt32LE(0));
      rest = rest.subarray(message.length);
      // An older op code carries the driver's first greeting alone.
      if (message.readInt32LE(OP_CODE) !== OP_MSG) continue;
      if (message[SECTION_KIND] !== 0) throw new Error('A message begins with a list of documents');
      tell(message.toString('utf8', FIRST_NAME, message.indexOf(0, FIRST_NAME)));
    }
  };
}

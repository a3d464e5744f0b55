import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Headers that most requests need. */
export const HOST = 'Host: localhost';
export const CLOSE = 'Connection: close';

/** A bare connection: what no browser and no HTTP client would send. */
export class RawClient {
  received = '';
  closed = false;
  private readonly socket: Socket;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => (this.received += chunk.toString('latin1')));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => (this.closed = true));
  }

  send(text: string | Buffer): this {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
    return this;
  }

  /** Takes nothing more from the server until it is asked to. */
  stopReading(): this {
    this.socket.pause();
    return this;
  }

  /** @returns all that was received by the time the server closed */
  async untilClosed(): Promise<string> {
    if (!this.closed) await once(this.socket, 'close');
    return this.received;
  }

  /** @returns all that was received by the time the text came, or the server closed */
  async until(text: string): Promise<string> {
    while (!this.closed && !this.received.includes(text)) {
      await Promise.race([once(this.socket, 'data'), once(this.socket, 'close')]);
    }
    return this.received;
  }

  end(): void {
    this.socket.destroy();
  }
}

/** Sends the lines as a request of its own connection. @returns everything that came back */
export async function exchange(port: number, ...lines: string[]): Promise<string> {
  const client = new RawClient(port).send(`${lines.join('\r\n')}\r\n`);
  try {
    return await client.untilClosed();
  } finally {
    client.end();
  }
}

/** @returns the status of each answer in what was received */
export function statusesIn(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

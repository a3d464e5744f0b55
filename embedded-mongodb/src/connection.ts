import type { Socket } from 'node:net';
import type { Executor } from './executor.js';
import { MongoFailure } from './mongo-failure.js';
import {
  BrokenMessage,
  HEADER_BYTES,
  messageLength,
  readCommand,
  requestOf,
  writeReply,
  type Reply,
} from './wire.js';

/** What all connections together may have sent without a message being complete. */
const MAX_PENDING_BYTES = 256 * 1024 * 1024;
/** A client that sends on without reading is not read either. */
const MAX_UNANSWERED = 64;
const MAX_UNSENT_BYTES = 32 * 1024 * 1024;

let pendingBytes = 0;

/** Serves a client from now until it goes. */
export function attach(socket: Socket, executor: Executor, id: number): void {
  const connection = new Connection(socket, executor, id);
  connection.start();
}

/** Cuts a client's bytes into messages and gives the answers back in the same order. */
class Connection {
  private bytes: Buffer = Buffer.alloc(0);
  /** How much of `bytes` is filled. */
  private size = 0;
  private unanswered = 0;

  constructor(
    private readonly socket: Socket,
    private readonly executor: Executor,
    private readonly id: number,
  ) {}

  start(): void {
    const { socket } = this;
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('drain', () => this.flow());
    // What goes wrong with a client's connection is the client's: it closes, and a new one may come.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      pendingBytes -= this.size;
      this.size = 0;
      this.bytes = Buffer.alloc(0);
    });
  }

  private receive(chunk: Buffer): void {
    this.append(chunk);
    try {
      if (pendingBytes > MAX_PENDING_BYTES)
        throw new BrokenMessage('too many bytes without a message');
      this.takeMessages();
    } catch {
      this.socket.destroy();
    }
    this.flow();
  }

  /** The buffer grows by doubling: many tiny packets must not cost more than their bytes. */
  private append(chunk: Buffer): void {
    const size = this.size + chunk.length;
    if (this.size === 0) this.bytes = chunk;
    else {
      if (size > this.bytes.length) {
        const grown = Buffer.allocUnsafe(size * 2);
        this.bytes.copy(grown, 0, 0, this.size);
        this.bytes = grown;
      }
      chunk.copy(this.bytes, this.size);
    }
    this.size = size;
    pendingBytes += chunk.length;
  }

  private takeMessages(): void {
    while (this.size >= HEADER_BYTES && !this.socket.destroyed && !this.full()) {
      const length = messageLength(this.bytes);
      if (this.size < length) return;
      const message = this.bytes.subarray(0, length);
      this.bytes = this.bytes.subarray(length);
      this.size -= length;
      pendingBytes -= length;
      this.take(message);
    }
  }

  private take(message: Buffer): void {
    const request = requestOf(message);
    this.unanswered++;
    this.executor.submit({
      command: () => readCommand(message),
      connectionId: this.id,
      done: (reply) => {
        this.unanswered--;
        if (request.answer !== 'none' && !this.socket.destroyed)
          this.socket.write(answer(request, reply));
        this.flow();
      },
    });
  }

  /** Reads on, or lets the client wait. */
  private flow(): void {
    if (this.socket.destroyed) return;
    if (this.full()) {
      this.socket.pause();
      return;
    }
    try {
      this.takeMessages();
    } catch {
      this.socket.destroy();
    }
    if (!this.full()) this.socket.resume();
  }

  private full(): boolean {
    return this.unanswered >= MAX_UNANSWERED || this.socket.writableLength > MAX_UNSENT_BYTES;
  }
}

function answer(request: Parameters<typeof writeReply>[0], reply: Reply): Buffer {
  try {
    return writeReply(request, reply);
  } catch (error) {
    const failure =
      error instanceof MongoFailure
        ? error
        : new MongoFailure(1, `Internal error: ${String(error)}`);
    return writeReply(request, failure.toReply());
  }
}

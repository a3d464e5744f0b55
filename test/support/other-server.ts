import { ConnectionString } from 'mongodb-connection-string-url';
import mongoose from 'mongoose';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

const { deserialize, serialize } = mongoose.mongo.BSON;

/** A command or an answer. */
export type Message = Record<string, unknown>;

/** What a server of another kind does otherwise than the one behind it. */
export interface Kind {
  /** Answers in place of the server behind; undefined lets that one answer. */
  readonly answer?: (command: Message) => Message | undefined;
  /** Another answer in place of this one; undefined leaves it. */
  readonly change?: (
    answer: Message,
    command: Message,
  ) => Message | undefined | Promise<Message | undefined>;
  /** Another command for the server behind; undefined leaves it. */
  readonly send?: (command: Message) => Message | undefined;
}

/** A server of another kind, played between a driver and the server of the tests. */
export interface OtherServer {
  /** The address of the same database by way of it. */
  readonly uri: string;
  close(): void;
}

/** The embedded server tells that it is that one; no other kind does. */
const stranger: Kind = {
  change: (answer, command) =>
    'buildInfo' in command ? { ...answer, modules: [], version: '7.0.1' } : undefined,
};

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

/**
 * Plays kinds of servers. Of a command the first that has something to say decides; an answer goes
 * through all of them.
 *
 * @param behind address of the server that does the work, without TLS; of several hosts the first is asked,
 *   which has to take writes
 */
export async function otherServer(behind: string, ...kinds: Kind[]): Promise<OtherServer> {
  const address = new ConnectionString(behind);
  const [host = ''] = address.hosts.map(decodeURIComponent);
  const [, name = host, port = '27017'] = /^(?:\[?(.*?)\]?)(?::(\d+))?$/.exec(host) ?? [];
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = host.startsWith('/') ? connect(host) : connect(Number(port), name);
    const conversation = new Conversation(near, far, [stranger, ...kinds]);
    near.on('data', (chunk) => conversation.fromDriver(chunk));
    far.on('data', (chunk) => conversation.fromServer(chunk));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('close', () => other.destroy());
      one.on('error', () => other.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  address.hosts = [`127.0.0.1:${(server.address() as AddressInfo).port}`];
  address.searchParams.delete('replicaSet');
  address.searchParams.set('directConnection', 'true');
  return {
    uri: address.href,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** One connection: a driver asks, and asks again when it has its answer. */
class Conversation {
  private readonly commands = new Map<number, Message>();
  private readonly asked = new Frames();
  private readonly answered = new Frames();
  private turn = Promise.resolve();

  constructor(
    private readonly near: Socket,
    private readonly far: Socket,
    private readonly kinds: readonly Kind[],
  ) {}

  fromDriver(chunk: Buffer): void {
    for (const frame of this.asked.add(chunk)) {
      const command = read(frame);
      const answer = first(this.kinds, ({ answer: say }) => say?.(command));
      if (answer) {
        this.near.write(written(frame, answer, frame.readInt32LE(4)));
        continue;
      }
      this.commands.set(frame.readInt32LE(4), command);
      const other = first(this.kinds, ({ send }) => send?.(command));
      this.far.write(other ? rewritten(frame, other) : frame);
    }
  }

  fromServer(chunk: Buffer): void {
    for (const frame of this.answered.add(chunk)) {
      this.turn = this.turn.then(() => this.pass(frame));
    }
  }

  private async pass(frame: Buffer): Promise<void> {
    const asked = frame.readInt32LE(8);
    const command = this.commands.get(asked) ?? {};
    this.commands.delete(asked);
    let other: Message | undefined;
    for (const { change } of this.kinds) {
      other = (await change?.(other ?? read(frame), command)) ?? other;
    }
    this.near.write(other ? rewritten(frame, other) : frame);
  }
}

/** Cuts a stream into the messages of the wire protocol. */
class Frames {
  private rest: Buffer = Buffer.alloc(0);

  add(chunk: Buffer): Buffer[] {
    this.rest = Buffer.concat([this.rest, chunk]);
    const whole: Buffer[] = [];
    while (this.rest.length >= 16 && this.rest.length >= this.rest.readInt32LE(0)) {
      const length = this.rest.readInt32LE(0);
      whole.push(this.rest.subarray(0, length));
      this.rest = this.rest.subarray(length);
    }
    return whole;
  }
}

function first<T>(kinds: readonly Kind[], ask: (kind: Kind) => T | undefined): T | undefined {
  return kinds.map(ask).find((each) => each !== undefined);
}

/** Where the document of a message begins; the driver sends no other section in front of it. */
function start(frame: Buffer): number {
  const kind = frame.readInt32LE(12);
  if (kind === OP_MSG) return 21;
  // Behind the flags: a collection's name and two numbers.
  return kind === OP_QUERY ? frame.indexOf(0, 20) + 9 : 36;
}

function read(frame: Buffer): Message {
  const begin = start(frame);
  const end = begin + frame.readInt32LE(begin);
  const document = deserialize(frame.subarray(begin, end), { promoteLongs: false });
  return frame.readInt32LE(12) === OP_MSG ? { ...document, ...sequence(frame, end) } : document;
}

/** The list of statements that the driver sends behind the document of a command, under its name. */
function sequence(frame: Buffer, begin: number): Message {
  if (frame[begin] !== 1) return {};
  const end = begin + 1 + frame.readInt32LE(begin + 1);
  const zero = frame.indexOf(0, begin + 5);
  const documents: Message[] = [];
  for (let at = zero + 1; at < end; at += frame.readInt32LE(at)) {
    documents.push(deserialize(frame.subarray(at, at + frame.readInt32LE(at))));
  }
  return { [frame.toString('utf8', begin + 5, zero)]: documents };
}

/** The same message with another document, and what came behind it. */
function rewritten(frame: Buffer, document: Message): Buffer {
  const begin = start(frame);
  const behind = frame.subarray(begin + frame.readInt32LE(begin));
  const other = Buffer.concat([frame.subarray(0, begin), serialize(document), behind]);
  other.writeInt32LE(other.length, 0);
  return other;
}

/** An answer to a message, in the form in which that one was asked. */
function written(question: Buffer, document: Message, answers: number): Buffer {
  const legacy = question.readInt32LE(12) === OP_QUERY;
  const head = Buffer.alloc(legacy ? 36 : 21);
  const body = serialize(document);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(answers, 8);
  head.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12);
  if (legacy) head.writeInt32LE(1, 32);
  return Buffer.concat([head, body]);
}

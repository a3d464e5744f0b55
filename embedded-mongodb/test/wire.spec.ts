import fc from 'fast-check';
import { deserialize, serialize, type Document } from 'bson';
import { connect, type Socket } from 'node:net';
import {
  describeEmbedded,
  serverUnderTest,
  type ServerUnderTest,
} from './support/server-under-test.js';

interface Answer {
  readonly to: number;
  readonly opcode: number;
  readonly flags: number;
  readonly document: Document;
}

const OP_QUERY = 2004;
const OP_MSG = 2013;

function message(opcode: number, id: number, ...parts: Uint8Array[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 16);
  const head = Buffer.alloc(16);
  head.writeInt32LE(size, 0);
  head.writeInt32LE(id, 4);
  head.writeInt32LE(opcode, 12);
  return Buffer.concat([head, ...parts], size);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

const body = (doc: Document): Buffer => Buffer.concat([Buffer.from([0]), serialize(doc)]);
const msg = (id: number, doc: Document, flags = 0): Buffer =>
  message(OP_MSG, id, int32(flags), body(doc));

function sequence(name: string, docs: Document[]): Buffer {
  const content = Buffer.concat([Buffer.from(`${name}\0`), ...docs.map((doc) => serialize(doc))]);
  return Buffer.concat([Buffer.from([1]), int32(content.length + 4), content]);
}

/** A bare connection: what is sent, byte for byte, and the answers as they come. */
class Wire {
  readonly answers: Answer[] = [];
  private rest = Buffer.alloc(0);
  private waiting: (() => void)[] = [];
  closed = false;

  constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
      this.wake();
    });
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) {
      if (this.closed) throw new Error('the connection was closed');
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  async untilClosed(): Promise<void> {
    while (!this.closed) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  async ask(bytes: Uint8Array): Promise<Answer> {
    const count = this.answers.length;
    this.socket.write(bytes);
    await this.until(() => this.answers.length > count);
    const answer = this.answers[count];
    if (!answer) throw new Error('no answer');
    return answer;
  }

  private receive(chunk: Buffer): void {
    this.rest = Buffer.concat([this.rest, chunk]);
    while (this.rest.length >= 4 && this.rest.length >= this.rest.readInt32LE(0)) {
      const bytes = this.rest.subarray(0, this.rest.readInt32LE(0));
      this.rest = this.rest.subarray(bytes.length);
      const opcode = bytes.readInt32LE(12);
      const document = deserialize(bytes.subarray(opcode === 1 ? 36 : 21));
      this.answers.push({
        to: bytes.readInt32LE(8),
        opcode,
        flags: bytes.readInt32LE(16),
        document,
      });
    }
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

describeEmbedded('the wire protocol', () => {
  let server: ServerUnderTest;
  let path: string;
  const open: Wire[] = [];

  beforeAll(async () => {
    server = await serverUnderTest('wire');
    path = decodeURIComponent(server.uri.split('/')[2] ?? '');
  });

  afterAll(async () => {
    for (const wire of open) wire.socket.destroy();
    await server.close();
  });

  const wire = async (): Promise<Wire> => {
    const socket = connect(path);
    await new Promise((resolve) => socket.once('connect', resolve));
    const made = new Wire(socket);
    open.push(made);
    return made;
  };
  const alive = async (): Promise<unknown> => server.db.command({ ping: 1 });
  const $db = 'test';

  it('shakes hands by OP_QUERY and by OP_MSG', async () => {
    const client = await wire();
    const query = Buffer.concat([int32(0), Buffer.from('admin.$cmd\0'), int32(0), int32(-1)]);
    const old = await client.ask(
      message(
        OP_QUERY,
        7,
        query,
        serialize({ ismaster: 1, helloOk: true, client: {}, compression: ['none'] }),
      ),
    );
    expect(old).toMatchObject({
      to: 7,
      opcode: 1,
      flags: 8,
      document: { ismaster: true, helloOk: true, maxWireVersion: 21, minWireVersion: 0, ok: 1 },
    });
    expect(old.document).not.toHaveProperty('compression');
    expect(old.document).not.toHaveProperty('topologyVersion');
    const hello = await client.ask(msg(8, { hello: 1, $db: 'admin' }));
    expect(hello).toMatchObject({
      to: 8,
      opcode: OP_MSG,
      document: { isWritablePrimary: true, logicalSessionTimeoutMinutes: 30, ok: 1 },
    });
    const find = Buffer.concat([int32(0), Buffer.from('test.users\0'), int32(0), int32(-1)]);
    expect(await client.ask(message(OP_QUERY, 9, find, serialize({})))).toMatchObject({
      opcode: 1,
      flags: 10,
      document: { ok: 0, code: 352 },
    });
  });

  it('answers in the order of the requests, and not at all when told so', async () => {
    const client = await wire();
    const requests = Array.from({ length: 200 }, (_, i) =>
      i % 3 === 0
        ? msg(i, { insert: 'order', documents: [{ i }], $db })
        : i % 3 === 1
          ? msg(i, { ping: 1, $db })
          : msg(i, { insert: 'order', documents: [{ i }], $db, writeConcern: { w: 0 } }, 2),
    );
    client.socket.write(Buffer.concat(requests));
    const expected = requests.map((_, i) => i).filter((i) => i % 3 !== 2);
    await client.until(() => client.answers.length >= expected.length);
    expect(client.answers.map(({ to }) => to)).toEqual(expected);
    expect((await client.ask(msg(999, { count: 'order', $db }))).document).toMatchObject({
      n: 133,
    });
  });

  it('reads sections in any order, and one byte per packet', async () => {
    const client = await wire();
    const documents = sequence('documents', [{ a: 1 }, { a: 2 }]);
    const insert = body({ insert: 'sections', $db });
    expect((await client.ask(message(OP_MSG, 1, int32(0), documents, insert))).document).toEqual({
      n: 2,
      ok: 1,
    });
    expect((await client.ask(message(OP_MSG, 2, int32(0), insert, documents))).document).toEqual({
      n: 2,
      ok: 1,
    });
    client.socket.setNoDelay(true);
    for (const byte of msg(3, { ping: 1, $db })) {
      client.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.until(() => client.answers.length === 3);
    expect(client.answers[2]).toMatchObject({ to: 3, document: { ok: 1 } });
  });

  it.each<[string, Buffer, number]>([
    ['unknown required flags', msg(1, { ping: 1, $db }, 4), 9],
    ['a checksum', message(OP_MSG, 1, int32(1), body({ ping: 1, $db }), int32(0)), 9],
    ['two bodies', message(OP_MSG, 1, int32(0), body({ ping: 1, $db }), body({ ping: 1, $db })), 9],
    ['no body', message(OP_MSG, 1, int32(0), sequence('documents', [])), 9],
    [
      'an unknown kind of section',
      message(OP_MSG, 1, int32(0), Buffer.from([5]), serialize({ a: 1 })),
      9,
    ],
    [
      'a section named like a field',
      message(
        OP_MSG,
        1,
        int32(0),
        body({ insert: 'x', documents: [], $db }),
        sequence('documents', []),
      ),
      9,
    ],
    [
      'two sections of one name',
      message(
        OP_MSG,
        1,
        int32(0),
        body({ insert: 'x', $db }),
        sequence('documents', [{ a: 1 }]),
        sequence('documents', [{ a: 2 }]),
      ),
      9,
    ],
    ['a database with a dot', msg(1, { insert: 'x', documents: [{}], $db: 'a.b' }), 73],
    [
      'a length that reaches past the message',
      message(OP_MSG, 1, int32(0), Buffer.from([0]), int32(1_000)),
      22,
    ],
    ['no database', msg(1, { find: 'x' }), 40414],
    ['an unknown command', msg(1, { foo: 1, $db }), 59],
    ['a command that objects inherit', msg(1, { constructor: 1, $db }), 59],
    ['a field without a name', msg(1, { ping: 1, '': 1, $db }), 40415],
    ['an insert into a number', msg(1, { insert: 1, documents: [{}], $db }), 73],
    ['a transaction', msg(1, { find: 'x', $db, txnNumber: 1, startTransaction: true }), 20],
    [
      'a write concern for more servers',
      msg(1, { insert: 'x', documents: [{}], $db, writeConcern: { w: 2 } }),
      2,
    ],
    ['a password', msg(1, { saslStart: 1, $db }), 59],
    [
      'a deprecated type',
      message(
        OP_MSG,
        1,
        int32(0),
        Buffer.from([0, 0x0e, 0, 0, 0, 0x06, 0x61, 0, 0x06, 0x62, 0, 0x06, 0x63, 0, 0]),
      ),
      2,
    ],
  ])('refuses %s and goes on', async (_name, bytes, code) => {
    const client = await wire();
    expect(await client.ask(bytes)).toMatchObject({ to: 1, document: { ok: 0, code } });
    expect((await client.ask(msg(2, { ping: 1, $db }))).document).toEqual({ ok: 1 });
  });

  it('refuses documents nested too deeply, in a message and in what an update makes', async () => {
    let deep: Document = {};
    for (let i = 0; i < 150; i++) deep = { a: deep };
    const client = await wire();
    expect(
      (await client.ask(msg(1, { insert: 'x', documents: [deep], $db }))).document,
    ).toMatchObject({ code: 15 });
    const update = {
      q: {},
      u: { $set: { [Array.from({ length: 101 }, () => 'a').join('.')]: 1 } },
      upsert: true,
    };
    const reply = await client.ask(msg(2, { update: 'x', updates: [update], $db }));
    expect(reply.document).toMatchObject({ writeErrors: [{ code: 2 }] });
  });

  it('refuses a document of more than 16 MB, and one that grows to it', async () => {
    const client = await wire();
    const text = 'x'.repeat(9 * 1024 * 1024);
    expect(
      (await client.ask(msg(1, { insert: 'large', documents: [{ _id: 1, text }], $db }))).document,
    ).toMatchObject({ n: 1 });
    const grow = { q: { _id: 1 }, u: { $set: { more: text } } };
    expect(
      (await client.ask(msg(2, { update: 'large', updates: [grow], $db }))).document,
    ).toMatchObject({ writeErrors: [{ code: 10334 }] });
    expect(
      (await client.ask(msg(3, { delete: 'large', deletes: [{ q: {}, limit: 0 }], $db }))).document,
    ).toMatchObject({ n: 1 });
  });

  it.each<[string, number[]]>([
    ['empty documents', [3, 0, 5, 0, 0, 0, 0]],
    ['empty arrays', [4, 0, 5, 0, 0, 0, 0]],
    ['empty binaries', [5, 0, 0, 0, 0, 0, 0]],
    ['numbers', [16, 0, 1, 0, 0, 0]],
  ])('reads a message that is full of %s', async (_name, element) => {
    const size = 16 * 1024 * 1024;
    const elements = Buffer.alloc(size - (size % element.length), Buffer.from(element));
    const array = Buffer.concat([int32(elements.length + 5), elements, Buffer.from([0])]);
    const head = Buffer.concat([Buffer.from('\x10ping\0'), int32(1), Buffer.from('\x04x\0')]);
    const tail = Buffer.from('\x02$db\0\x05\0\0\0test\0\0');
    const doc = Buffer.concat([
      int32(head.length + array.length + tail.length + 4),
      head,
      array,
      tail,
    ]);
    const client = await wire();
    const answer = await client.ask(message(OP_MSG, 1, int32(0), Buffer.from([0]), doc));
    expect(answer.document).toMatchObject({ code: 40415 });
    // The same thread goes on.
    expect(await client.ask(msg(2, { ping: 1, $db }))).toMatchObject({ document: { ok: 1 } });
  });

  it.each<[string, Buffer]>([
    ['a negative length', int32(-5)],
    ['a length of a gigabyte', int32(1 << 30)],
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['an unknown opcode', message(2010, 1, serialize({ ping: 1 }))],
    ['a message that is a header only', message(OP_MSG, 1)],
  ])('ends a connection that sends %s, and no other', async (_name, bytes) => {
    const client = await wire();
    client.socket.write(Buffer.concat([bytes, Buffer.alloc(16)]));
    await client.untilClosed();
    await alive();
  });

  it('keeps no room for messages that are announced and do not come', async () => {
    const announced = message(OP_MSG, 1);
    announced.writeInt32LE(16 * 1024 * 1024, 0);
    for (let i = 0; i < 40; i++) {
      const silent = await wire();
      silent.socket.write(announced);
    }
    const large = { insert: 'patient', documents: [{ data: Buffer.alloc(10_000_000) }], $db };
    const client = await wire();
    expect(await client.ask(msg(1, large))).toMatchObject({ document: { n: 1 } });
    for (const silent of open.splice(-41)) {
      expect(silent.closed).toBe(false);
      silent.socket.destroy();
    }
  });

  it('survives random bytes and damaged messages', async () => {
    const good = msg(1, { find: 'x', filter: { a: { $in: [1, 'b', null] } }, sort: { a: 1 }, $db });
    const damaged = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, byte]) => {
      const bytes = Buffer.from(good);
      // The length stays: a longer one would only make the server wait for the rest.
      bytes[Math.max(4, at)] = byte;
      return bytes;
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 64 }), damaged), async (bytes) => {
        const client = await wire();
        client.socket.end(bytes);
        await client.untilClosed();
      }),
      { numRuns: 300 },
    );
    await alive();
  });

  it('takes no pattern that could stop it', async () => {
    const texts = server.db.collection('texts');
    await texts.insertOne({ text: `${'a'.repeat(10_000)}!` });
    // Of all threads, the server's among them.
    const started = process.cpuUsage();
    await expect(texts.findOne({ text: /^(a+)+$/ })).rejects.toMatchObject({ code: 51091 });
    const long = { $regex: 'a'.repeat(1_000_000) };
    await expect(texts.findOne({ text: long })).rejects.toMatchObject({ code: 51091 });
    await expect(texts.findOne({ text: /a*b/ })).rejects.toMatchObject({ code: 51156 });
    expect(await texts.findOne({ text: /a!$/ })).not.toBeNull();
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(2_000);
  });

  it('forgets cursors that nobody reads, and does not keep more than it can', async () => {
    const many = server.db.collection('many');
    await many.insertMany([{}, {}, {}]);
    const client = await wire();
    const name = server.db.databaseName;
    let refused: Document | undefined;
    for (let i = 0; i < 600 && !refused; i++) {
      const { document } = await client.ask(msg(i, { find: 'many', batchSize: 1, $db: name }));
      if (document['ok'] !== 1) refused = document;
    }
    expect(refused).toMatchObject({ code: 1 });
  });
});

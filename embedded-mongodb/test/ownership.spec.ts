import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { startEmbeddedMongo, type EmbeddedMongo } from '../src/index.js';
import { startChild } from './support/child.js';
import { counted, describeEmbedded, temporaryFolder, until } from './support/server-under-test.js';

const pathOf = (server: EmbeddedMongo): string =>
  decodeURIComponent(server.uri('x').slice('mongodb://'.length, -2));

async function withClient<T>(uri: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(uri);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

describeEmbedded('the data folder', () => {
  let folder: string;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keeps the data over a restart and lets nobody else in', async () => {
    const first = await startEmbeddedMongo({ dataDir: join(folder, 'new') });
    expect(first.owner).toBe(true);
    expect(statSync(dirname(pathOf(first))).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700);
    for (const name of ['data.sqlite', 'data.sqlite-wal'])
      expect(statSync(join(folder, 'new', name)).mode & 0o777).toBe(0o600);
    await withClient(first.uri('a'), async (client) =>
      client.db().collection('x').insertOne({ n: 1 }),
    );
    await first.close();
    expect(readdirSync(join(folder, 'new')).toSorted()).toEqual(['data.sqlite', 'run']);
    const second = await startEmbeddedMongo({ dataDir: join(folder, 'new') });
    expect(
      await withClient(second.uri('a'), async (client) =>
        client.db().collection('x').countDocuments(),
      ),
    ).toBe(1);
    await second.close();
  });

  it('listens in a short folder of its own when the data folder is deep', async () => {
    const deep = join(folder, 'x'.repeat(60), 'y'.repeat(60));
    const server = await startEmbeddedMongo({ dataDir: deep });
    expect(Buffer.byteLength(pathOf(server))).toBeLessThanOrEqual(103);
    expect(statSync(dirname(pathOf(server))).mode & 0o777).toBe(0o700);
    expect(
      await withClient(server.uri('a'), async (client) => client.db().command({ ping: 1 })),
    ).toMatchObject({ ok: 1 });
    await server.close();
    rmSync(dirname(pathOf(server)), { recursive: true });
  });

  it('is joined by a second process, which takes over when the first is killed', async () => {
    const first = await startChild(folder);
    const second = await startEmbeddedMongo({ dataDir: folder });
    const third = await startChild(folder);
    expect([first.owner, second.owner, third.owner]).toEqual([true, false, false]);
    expect(second.uri('test')).toBe(first.uri);
    await withClient(second.uri('test'), async (client) => {
      const x = client.db().collection('x');
      await x.insertOne({ n: 1 });
      await first.end('SIGKILL');
      // An outage of a moment: the driver's own retry finds the server that took over.
      await until(async () => (await counted(x)) === 1);
    });
    const owners = async (): Promise<boolean[]> => [second.owner, (await third.ask()).owner];
    expect((await owners()).filter(Boolean)).toHaveLength(1);
    expect(await third.end()).toBe(0);
    await until(() => second.owner);
    await second.close();
    expect(existsSync(pathOf(second))).toBe(false);
  });

  it('lets a process end that has closed it, and one that has not', async () => {
    const closing = await startChild(folder);
    expect(await closing.end()).toBe(0);
    const index = new URL('../src/index.js', import.meta.url).href;
    const code = `const { startEmbeddedMongo } = await import('${index}'); await startEmbeddedMongo({ dataDir: process.argv[1] });`;
    const careless = spawn(process.execPath, ['--input-type=module', '-e', code, folder], {
      stdio: 'inherit',
    });
    await once(careless, 'exit');
    expect(careless.exitCode).toBe(0);
  });

  it('stops at a damaged file with a sentence, and leaves it as it was', async () => {
    const server = await startChild(folder);
    await withClient(server.uri, async (client) =>
      client
        .db()
        .collection('x')
        .insertMany(Array.from({ length: 2_000 }, (_, n) => ({ n, text: 'x'.repeat(100) }))),
    );
    await server.end();
    const again = await startChild(folder);
    await withClient(again.uri, async (client) => client.db().collection('x').insertOne({}));
    await again.end('SIGKILL');
    const file = join(folder, 'data.sqlite');
    const bytes = readFileSync(file);
    bytes.fill(0xab, 8_192, 40_000);
    writeFileSync(file, bytes);
    const log = readFileSync(`${file}-wal`);
    const start = startEmbeddedMongo({ dataDir: folder });
    await expect(start).rejects.toThrow(/ is damaged .* Nothing in it was changed\. Restore it/);
    await expect(start).rejects.toThrow(file);
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(readFileSync(`${file}-wal`).equals(log)).toBe(true);
  });

  it.each([
    ['is no database', Buffer.from('not a database, but long enough to be looked at. '.repeat(50))],
    ['was cut', null],
  ])('stops at a file that %s', async (_name, bytes) => {
    const file = join(folder, 'data.sqlite');
    const server = await startChild(folder);
    await server.end();
    const content = bytes ?? readFileSync(file).subarray(0, 5_000);
    writeFileSync(file, content);
    await expect(startEmbeddedMongo({ dataDir: folder })).rejects.toThrow(
      / is damaged .* Nothing in it was changed\. Restore it/,
    );
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('says why it does not start in a folder that it may not use', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(startEmbeddedMongo({ dataDir: file })).rejects.toThrow('file');
    mkdirSync(join(folder, 'odd', 'run'), { recursive: true });
    chmodSync(join(folder, 'odd', 'run'), 0o777);
    const server = await startEmbeddedMongo({ dataDir: join(folder, 'odd') });
    expect(statSync(join(folder, 'odd', 'run')).mode & 0o777).toBe(0o700);
    await server.close();
  });

  it('runs alone from the command line until it is told to end', async () => {
    const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url));
    const child = spawn(process.execPath, [cli, '--data', folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    await lines.next();
    const { value } = await lines.next();
    const uri = String(value).slice('MONGODB_URI='.length);
    expect(await withClient(uri, async (client) => client.db().command({ ping: 1 }))).toMatchObject(
      { ok: 1 },
    );
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    expect(child.exitCode).toBe(0);
    expect(readdirSync(folder).toSorted()).toEqual(['data.sqlite', 'run']);
  });
});

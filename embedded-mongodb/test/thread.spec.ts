import { jest } from '@jest/globals';
import { rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { MongoClient } from 'mongodb';
import { startEmbeddedMongo } from '../src/index.js';
import { counted, describeEmbedded, temporaryFolder, until } from './support/server-under-test.js';

/** The threads that were started, in turn: each is let go of when it is ready. */
const { mock } = jest.spyOn(Worker.prototype, 'unref');

async function endThread(): Promise<void> {
  const thread: unknown = mock.contexts.at(-1);
  if (thread instanceof Worker) await thread.terminate();
}

describeEmbedded('the thread of the server', () => {
  let folder: string;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is started again when it dies, which is reported, and clients go on', async () => {
    const errors: Error[] = [];
    const server = await startEmbeddedMongo({
      dataDir: folder,
      onError: (error) => errors.push(error),
    });
    const client = new MongoClient(server.uri('test'));
    const x = client.db().collection('x');
    await x.insertOne({ n: 1 });
    await endThread();
    await until(async () => (await counted(x)) === 1);
    expect(errors).toHaveLength(1);
    expect(server.owner).toBe(true);
    await client.close();
    await server.close();
  });
});

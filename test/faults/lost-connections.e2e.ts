import { startEmbeddedMongo, type EmbeddedMongo } from '@latchkey/embedded-mongodb';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOutage } from '../../src/core/database/outage.js';
import { startApp, type TestApp } from '../support/app.js';
import { databaseProxy } from '../support/database-proxy.js';

const ROUNDS = 8;

let folder: string;
let mongo: EmbeddedMongo;
let wire: Awaited<ReturnType<typeof databaseProxy>>;
let app: TestApp;
const sockets = new Set<Socket>();
const keep = (message: unknown) => {
  const { socket } = message as { socket: Socket };
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
};
/** The application's ends of its connections; those of the proxy go to a file. */
const ends = () => [...sockets].filter(({ remotePort }) => remotePort !== undefined);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-lost-'));
  mongo = await startEmbeddedMongo({ dataDir: folder });
  wire = await databaseProxy(decodeURIComponent(new URL(mongo.uri('x')).host));
  subscribe('net.client.socket', keep);
  app = await startApp({ MONGODB_URI: wire.uri });
});

afterAll(async () => {
  unsubscribe('net.client.socket', keep);
  await app.close();
  wire.close();
  await mongo.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A read and a write at the very moment at which something happens to the connections. */
async function commandsDuring(happening: () => void): Promise<unknown[]> {
  const things = app.db.collection<{ _id: number; seen?: number }>('things');
  await Promise.all([things.findOne({ _id: 1 }), things.findOne({ _id: 2 })]);
  happening();
  const results = await Promise.allSettled([
    things.findOne({ _id: 1 }),
    things.updateOne({ _id: 1 }, { $set: { seen: 1 } }),
  ]);
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
}

it.each([
  ['is just going down', () => ends().forEach((socket) => socket.destroy())],
  ['has just been reset', () => wire.reset()],
])('FA-02 a command on a connection that %s ends, and keeps no place', async (_, happening) => {
  const failures: unknown[] = [];
  let out = 0;
  const pool = app.db.getClient();
  pool.on('connectionCheckedOut', () => out++).on('connectionCheckedIn', () => out--);
  for (let round = 0; round < ROUNDS; round++) failures.push(...(await commandsDuring(happening)));
  expect(failures.length).toBeGreaterThan(0);
  expect(failures.filter((failure) => !isOutage(failure))).toEqual([]);
  expect(await commandsDuring(() => undefined)).toEqual([]);
  expect(out).toBe(0);
});

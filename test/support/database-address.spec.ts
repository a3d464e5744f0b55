import mongoose from 'mongoose';
import { DATABASE, freshDatabase, patient, withPlaceForName } from './database-address.js';
import { otherServer } from './other-server.js';

const SET = 'mongodb://user:p%40ss@one:27017,two:27018/mine?replicaSet=rs0&tls=true';

it('an address of several hosts keeps its hosts, its user and its options', () => {
  const address = withPlaceForName(SET);
  expect(address).toBe(SET.replace('/mine', `/${DATABASE}`));
  const { hosts, credentials, replicaSet, tls, socketTimeoutMS } = new mongoose.mongo.MongoClient(
    patient(address),
  ).options;
  expect(hosts.map(String)).toEqual(['one:27017', 'two:27018']);
  expect([credentials?.username, credentials?.password]).toEqual(['user', 'p@ss']);
  expect([replicaSet, tls, socketTimeoutMS]).toEqual(['rs0', true, 60_000]);
});

it('an address without a database gets the place for one', () => {
  expect(withPlaceForName('mongodb://one,two')).toBe(`mongodb://one,two/${DATABASE}`);
  expect(withPlaceForName('mongodb+srv://cluster.example.net/?appName=x')).toBe(
    `mongodb+srv://cluster.example.net/${DATABASE}?appName=x`,
  );
});

it('another server is played before the first of several hosts', async () => {
  const behind = freshDatabase().replace(/^(mongodb:\/\/(?:.*@)?[^/]+)\//, '$1,127.0.0.1:1/');
  const server = await otherServer(`${behind}&replicaSet=rs0`, {});
  const connection = await mongoose.createConnection(server.uri).asPromise();
  expect(await connection.db?.command({ ping: 1 })).toMatchObject({ ok: 1 });
  await connection.close();
  server.close();
});

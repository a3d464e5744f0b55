import { startEmbeddedMongo } from '@latchkey/embedded-mongodb';
import { join } from 'node:path';
import { patient } from '../support/database-address.js';
import { databaseProxy } from '../support/database-proxy.js';
import { SECRETS, useProcesses } from '../support/process.js';
import { refusingMongo } from '../support/refusing-mongo.js';

const processes = useProcesses();

/**
 * Milliseconds. Alone the answers come within 4 to 5 seconds; a busy machine gets as much again. Without
 * our limits they would take the 10 and 30 seconds of Mongoose and the driver, or for ever.
 */
const SOON = 9500;

it('FA-01, FA-02 an absent database gives the 503 page within 5 seconds, and heals by itself', async () => {
  const dataDir = join(processes.folder, 'later');
  const probe = await startEmbeddedMongo({ dataDir });
  const uri = probe.uri('latchkey');
  await probe.close();
  const app = await processes.start({ MONGODB_URI: uri, BCRYPT_COST: '4' });
  await app.answers('/health/live', 200);
  await app.answers('/health/ready', 503);
  const begin = Date.now();
  const answer = await app.visitor().get('/login');
  expect(Date.now() - begin).toBeLessThan(SOON);
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).not.toBeNull();
  expect(answer.text).toContain('The service isn’t answering right now');

  const mongo = await startEmbeddedMongo({ dataDir });
  try {
    await app.answers('/health/ready', 200);
    const person = app.visitor();
    expect((await person.register('patient')).status).toBe(303);
    await mongo.close();
    await app.answers('/health/ready', 503);
    const lost = Date.now();
    expect((await person.get('/settings/profile')).status).toBe(503);
    expect(Date.now() - lost).toBeLessThan(SOON);
    const back = await startEmbeddedMongo({ dataDir });
    try {
      await app.answers('/health/ready', 200);
      expect(await person.whoami()).toBe('patient');
    } finally {
      await app.stop();
      await back.close();
    }
  } finally {
    await mongo.close();
  }
});

it('FA-02 a database that hangs gives the 503 page within 5 seconds, and its return is enough', async () => {
  const mongo = await startEmbeddedMongo({ dataDir: join(processes.folder, 'hangs') });
  const wire = await databaseProxy(decodeURIComponent(new URL(mongo.uri('x')).host));
  try {
    const app = await processes.start({ MONGODB_URI: wire.uri, BCRYPT_COST: '4' });
    await app.answers('/health/ready', 200);
    const person = app.visitor();
    await person.register('waiting');
    wire.hang(true);
    const begin = Date.now();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => person.copy().get('/settings/profile')),
    );
    expect(Date.now() - begin).toBeLessThan(SOON);
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(503));
    wire.hang(false);
    await app.answers('/health/ready', 200);
    expect(await person.whoami()).toBe('waiting');

    // In the middle of a request: the session is read, the person is not.
    wire.hangAt('users');
    const middle = Date.now();
    expect((await person.get('/settings/profile')).status).toBe(503);
    expect(Date.now() - middle).toBeLessThan(SOON);
    wire.hang(false);
    await app.answers('/health/ready', 200);
    expect(await person.whoami()).toBe('waiting');
    await app.stop();
  } finally {
    wire.close();
    await mongo.close();
  }
});

it('FA-02 a slow database gives fifty people the 503 page, and no private one', async () => {
  const mongo = await startEmbeddedMongo({ dataDir: join(processes.folder, 'slow') });
  const wire = await databaseProxy(decodeURIComponent(new URL(mongo.uri('x')).host));
  try {
    const app = await processes.start({ MONGODB_URI: wire.uri, BCRYPT_COST: '4' });
    await app.answers('/health/ready', 200);
    const person = app.visitor();
    await person.register('private-person');
    wire.slow(3000);
    const begin = Date.now();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => person.copy().get('/settings/profile')),
    );
    expect(Date.now() - begin).toBeLessThan(SOON);
    for (const { status, html, headers } of answers) {
      expect([status, headers.get('retry-after')]).toEqual([503, expect.any(String)]);
      expect(html).not.toContain('private-person');
    }
    wire.slow(0);
    await app.answers('/health/ready', 200);
    expect(await person.whoami()).toBe('private-person');
  } finally {
    wire.close();
    await mongo.close();
  }
});

it('FA-02 a database that is killed under load leaves no request without an answer for 5 seconds', async () => {
  const dataDir = join(processes.folder, 'killed');
  let mongo = await processes.database(dataDir);
  const app = await processes.start({ MONGODB_URI: mongo.uri, BCRYPT_COST: '4' });
  await app.answers('/health/ready', 200);
  const person = app.visitor();
  await person.register('steady');
  const load = { on: true, slowest: 0 };
  const seen = new Set<number>();
  const people = Array.from({ length: 30 }, async () => {
    const visitor = person.copy();
    while (load.on) {
      const begin = Date.now();
      const { status, html } = await visitor.get('/settings/profile');
      load.slowest = Math.max(load.slowest, Date.now() - begin);
      seen.add(status);
      if (status !== 200) expect(html).not.toContain('steady@example.com');
    }
  });
  for (let round = 0; round < 3; round++) {
    await mongo.kill();
    await app.answers('/health/ready', 503);
    mongo = await processes.database(dataDir);
    await app.answers('/health/ready', 200);
  }
  load.on = false;
  await Promise.all(people);
  expect(seen).toEqual(new Set([200, 503]));
  expect(load.slowest).toBeLessThan(SOON);
  expect(await person.whoami()).toBe('steady');
});

it('FA-01 a database that refuses our password keeps the process up and not ready, and the log without the password', async () => {
  const mongo = await refusingMongo();
  try {
    const app = await processes.start({ MONGODB_URI: mongo.uri('latchkey', 'database-hunter2') });
    await app.answers('/health/live', 200);
    await app.answers('/health/ready', 503);
    expect((await app.visitor().get('/login')).status).toBe(503);
    await app.says('The server refuses the user or the password of MONGODB_URI (code 18)');
    expect(app.output).not.toContain('database-hunter2');
    expect((await app.stop()).code).toBe(0);
  } finally {
    mongo.close();
  }
});

it('BF-13 a block outlives a kill, and every instance counts in the same place', async () => {
  const mongo = await startEmbeddedMongo({ dataDir: join(processes.folder, 'shared') });
  const settings = { ...SECRETS, MONGODB_URI: patient(mongo.uri('latchkey')), BCRYPT_COST: '4' };
  try {
    const first = await processes.start(settings);
    await first.answers('/health/ready', 200);
    await first.visitor().register('blocked');
    await first.visitor().register('split');
    for (let guess = 0; guess < 5; guess++) {
      expect((await first.visitor().login('blocked', 'wrong password')).status).toBe(422);
    }
    for (let guess = 0; guess < 3; guess++) await first.visitor().login('split', 'wrong password');
    expect((await first.visitor().login('blocked')).status).toBe(429);
    await first.kill();

    const both = await Promise.all([processes.start(settings), processes.start(settings)]);
    for (const instance of both) {
      await instance.answers('/health/ready', 200);
      expect((await instance.visitor().login('blocked')).status).toBe(429);
      expect((await instance.visitor().login('split', 'wrong password')).status).toBe(422);
    }
    expect((await both[0].visitor().login('split')).status).toBe(429);
  } finally {
    await mongo.close();
  }
});

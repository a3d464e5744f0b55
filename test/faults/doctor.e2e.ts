import { startEmbeddedMongo } from '@latchkey/embedded-mongodb';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSettings } from '../../src/core/database/database.settings.js';
import { startApp } from '../support/app.js';
import type { Examination } from '../support/command.js';
import { doctorIn } from '../support/doctor.js';
import { startMailServer } from '../support/mail-server.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-doctor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function doctor(environment: Record<string, string> = {}, ...more: string[]): Promise<Examination> {
  return doctorIn(folder, environment, ...more);
}

it('finds a fresh clone healthy, with the addresses to register, and leaves it as it is', async () => {
  const { code, output } = await doctor();
  expect(output).toContain('Errors: 0, warnings: 0\n');
  expect(output).toContain('http://localhost:3000/oauth/google/callback');
  expect(output).toMatch(/^((ok|warning|error) +[\w ]+: .+\n)+\nErrors: \d+, warnings: \d+\n$/);
  expect(code).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
});

it('finds every index that the running application made', async () => {
  const app = await startApp();
  const declared = ['users', 'one-time', 'throttle', 'mails', 'activity', 'deletions'];
  const made = await Promise.all(
    declared.map((name) => app.db.collection(name).listIndexes().toArray()),
  );
  // That of _id is made by the server.
  const count = made.flat().length - declared.length;
  try {
    const { code, output } = await doctor({
      MONGODB_URI: app.nest.get(DatabaseSettings).mongodbUri,
    });
    expect(output).toContain(`indexes: all ${count} are there\n`);
    expect(output).toContain('Errors: 0, warnings: 0\n');
    expect(code).toBe(0);
  } finally {
    await app.close();
  }
});

it('joins the embedded database of a running application, or starts and stops it', async () => {
  const running = await startEmbeddedMongo({ dataDir: join(folder, '.data') });
  const joined = await doctor();
  await running.close();
  const alone = await doctor();
  for (const { code, output } of [joined, alone]) {
    expect(output).toMatch(/^ok +database: the embedded one in .+, version 7/m);
    expect(output).toMatch(/^warning +indexes: users .+ is missing/m);
    expect(code).toBe(0);
  }
});

it('reads the env file and says every mistake in it, and no secret', async () => {
  const secret = 'hunter2-change-me-aaaaaaaaaaaaaaaaaaaaaaaa';
  writeFileSync(
    join(folder, '.env'),
    `NODE_ENV=production\nSESSION_SECRET=${secret}\nPASSWORD_PEPPER=${secret}\nTRUST_PROXY=true\n`,
  );
  const { code, output } = await doctor();
  expect(code).toBe(1);
  for (const sentence of [
    'BASE_URL is missing',
    'MONGODB_URI is missing',
    'SESSION_SECRET looks like an example',
    'SESSION_SECRET and PASSWORD_PEPPER must differ',
    'TRUST_PROXY may hold',
  ]) {
    expect(output).toMatch(new RegExp(`^error +configuration: .*${sentence}`, 'm'));
  }
  expect(output).not.toContain(secret);
});

it('says that the database is away and that keys are half-set, without the passwords', async () => {
  const { code, output } = await doctor({
    MONGODB_URI: 'mongodb://root:hunter2-qz@127.0.0.1:1/accounts',
    GOOGLE_CLIENT_SECRET: 'hunter3-qz',
  });
  expect(code).toBe(1);
  expect(output).toMatch(/^error +database: mongodb:\/\/127\.0\.0\.1:1\/accounts can't be used/m);
  expect(output).toMatch(/^error +Google: GOOGLE_CLIENT_ID is missing/m);
  expect(output).not.toMatch(/hunter[23]-qz|    at /);
});

it('looks at the mail server, and sends a test mail when it is asked to', async () => {
  const server = await startMailServer();
  const environment = { MAIL_URL: server.url.replace('//', '//ada:hunter4-qz@') };
  const plain = { MAIL_URL: server.url };
  expect((await doctor(plain)).output).toMatch(/^ok +mail: smtp:\/\/127\.0\.0\.1:\d+$/m);
  expect(server.mails).toEqual([]);
  const sent = await doctor(plain, '--mail', 'ada@example.com');
  expect(sent.output).toMatch(
    /^ok +mail: a test mail for ada@example\.com was handed over to smtp/m,
  );
  expect(server.mails.map(({ subject }) => subject)).toEqual(['Test mail from Latchkey']);
  server.behaviour = 550;
  const refused = await doctor(plain, '--mail', 'gone@example.com');
  expect(refused.output).toMatch(/^error +mail: .* takes no mail now/m);
  expect(refused.code).toBe(1);
  await server.close();
  const away = await doctor(environment);
  expect(away.output).toMatch(
    /^warning +mail: smtp:\/\/127\.0\.0\.1:\d+ takes no mail now \(ESOCKET\)/m,
  );
  expect(away.output).not.toContain('hunter4');
  expect(away.code).toBe(0);
});

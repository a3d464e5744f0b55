import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Relay } from '../../src/activity/relay.js';
import { DatabaseSettings } from '../../src/core/database/database.settings.js';
import { activityOf, told } from '../support/activity.js';
import { SESSION_SECRET, startApp, type TestApp } from '../support/app.js';
import { setUp } from '../support/authenticator.js';
import { commandIn } from '../support/command.js';
import { SECRETS } from '../support/process.js';

let folder: string;
let app: TestApp;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-users-'));
  app = await startApp();
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

function users(...more: string[]) {
  const { mongodbUri } = app.nest.get(DatabaseSettings);
  const environment = { ...SECRETS, SESSION_SECRET, MONGODB_URI: mongodbUri, NODE_ENV: 'test' };
  return commandIn('users', folder, environment, ...more);
}

it('takes the factors away beside the running application, and the person is told by mail', async () => {
  const visitor = await app.owner('Helped');
  await setUp(app, visitor);
  await told(app);
  const waiting = app.visitor();
  await waiting.login('Helped');
  const { code, output } = await users('clear-factors', 'helped');
  expect(output).toBe(
    'Helped has no second factor any more. The application tells them by mail within two minutes, or once it runs.\n',
  );
  expect(code).toBe(0);
  const { totp, recoveryCodes } = (await app.user('Helped')) ?? {};
  expect([totp, recoveryCodes]).toEqual([undefined, undefined]);
  expect((await waiting.get('/login/second-step')).location).toBe('/login');
  expect((await waiting.login('Helped')).location).toBe('/');
  app.advance(2 * 60_000);
  await app.nest.get(Relay, { strict: false }).sweep();
  await told(app);
  const mails = await app.mails('Helped@example.com');
  const mail = mails.find(({ subject = '' }) => subject.includes('turned off'));
  expect(mail?.subject).toBe('Two-step login was turned off at Latchkey');
  expect(mail?.text).toContain('The people who run Latchkey turned off two-step login');
  expect(mail?.text).toMatch(/\/not-me\?token=/);
  expect(await activityOf(visitor)).toContain(
    'Two-step login turned off, because the device and the codes were lost',
  );
});

it('changes nothing for a name that nobody has, for somebody without factors, or for an address', async () => {
  await app.owner('plain');
  const before = await app.users();
  for (const name of ['nobody', 'plain', 'plain@example.com']) {
    const { code, output } = await users('clear-factors', name);
    expect(code).toBe(1);
    expect(output).toMatch(/^(No account has the user name|plain has no second factor\.)/);
  }
  expect(await app.users()).toEqual(before);
});

it('says how it is used', async () => {
  for (const words of [[], ['clear-factors', 'one', 'two']]) {
    const { code, output } = await users(...words);
    expect(code).toBe(2);
    expect(output).toContain('npm run users -- clear-factors USERNAME');
  }
});

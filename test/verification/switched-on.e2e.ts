import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, type TestApp } from '../support/app.js';
import { freshDatabase } from '../support/database-address.js';
import { verificationMail } from '../support/verification-mail.js';

// One outbox as well: either process may hand a mail over.
const DATA_DIR = mkdtempSync(join(tmpdir(), 'latchkey-switched-'));
const shared = { MONGODB_URI: freshDatabase(), DATA_DIR };
const MINUTE = 60_000;

let before: TestApp;
let required: TestApp;
beforeAll(async () => {
  before = await startApp(shared);
  required = await startApp({ ...shared, EMAIL_VERIFICATION: 'required' });
});
afterAll(async () => {
  await required.close();
  await before.close();
  rmSync(DATA_DIR, { recursive: true });
});

it('an account of before the switch verifies at its next log-in, by a mail of another process too', async () => {
  const person = await before.person('earlier');
  expect((await person.get('/')).status).toBe(200);
  const first = await verificationMail(before, 'earlier@example.com');

  const again = required.visitor();
  expect((await again.login('earlier@example.com')).location).toBe('/');
  expect((await again.get('/')).location).toBe('/settings/email');
  expect((await again.typeCode(first.code)).location).toBe('/settings/email');
  expect((await again.get('/')).status).toBe(200);
  expect(await again.whoami()).toBe('earlier');
});

it('a session of before the switch gets nothing but the page, and a new mail kills the old one', async () => {
  const person = await before.person('stays');
  const old = await verificationMail(before, 'stays@example.com');
  const there = required.visitor();
  for (const [name, value] of person.cookies) there.cookies.set(name, value);
  expect((await there.get('/settings/profile')).status).toBe(303);
  required.advance(10 * MINUTE);
  await there.submit('/settings/email', {}, '/settings/email/mail');
  expect((await before.visitor().get(old.link)).status).toBe(410);
  const { link } = await verificationMail(before, 'stays@example.com');
  expect((await before.visitor().send('POST', link)).location).toBe('/login');
  expect(await there.whoami()).toBe('stays');
});

it('an account whose address is verified notices nothing of the switch', async () => {
  await before.owner('done');
  const person = required.visitor();
  await person.login('done');
  expect((await person.get('/')).status).toBe(200);
});

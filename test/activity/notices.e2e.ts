import type { ParsedMail } from 'mailparser';
import { HOUR } from '../../src/core/clock.js';
import { activityOf, told } from '../support/activity.js';
import { startApp, type TestApp } from '../support/app.js';
import { goThrough } from '../support/flows.js';
import { link, someone, unlink } from '../support/identities.js';
import { PASSWORD } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const NEXT = 'four louder harbours';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

async function notices(username: string): Promise<ParsedMail[]> {
  await told(app);
  const mails = await app.mails(`${username}@example.com`);
  return mails.filter(({ text = '' }) => text.includes('Network address'));
}

async function subjects(username: string): Promise<(string | undefined)[]> {
  return (await notices(username)).map(({ subject }) => subject);
}

it('LG-03 tells of a new device: what, when, where and with which browser', async () => {
  await app.owner('holder');
  const elsewhere = app.visitor();
  const page = await elsewhere.get('/login');
  const [, csrf = ''] = /name="_csrf" value="([^"]*)"/.exec(page.html) ?? [];
  const body = { _csrf: csrf, identifier: 'holder', password: PASSWORD };
  const headers = { 'user-agent': FIREFOX };
  expect((await elsewhere.send('POST', '/login', { body, headers })).status).toBe(303);
  const [mail] = await notices('holder');
  expect(mail?.subject).toBe('New login to your Latchkey account');
  expect(mail?.text).toContain('@holder');
  expect(mail?.text).toMatch(/When: \d+ \w+ \d{4} at \d\d:\d\d UTC/);
  expect(mail?.text).toContain('Browser: Firefox on Linux');
  expect(mail?.text).toContain(`Network address: ${elsewhere.address}`);
  expect(mail?.text).toMatch(/^http:\/\/localhost:\d+\/not-me\?token=[\w.-]+$/m);
  await elsewhere.logout();
  await elsewhere.login('holder');
  expect(await notices('holder')).toHaveLength(1);
});

it('LG-03 tells of a new password, and of accounts that are connected and disconnected', async () => {
  const person = await app.owner('changer');
  const form = { currentPassword: PASSWORD, newPassword: NEXT, newPasswordAgain: NEXT };
  await person.submit('/settings/password', form);
  await link(app, person, 'github', someone());
  await unlink(person, 'github');
  expect(await subjects('changer')).toEqual([
    'Your Latchkey password was changed',
    'GitHub was connected to your Latchkey account',
    'GitHub was disconnected from your Latchkey account',
  ]);
});

it('has a last word when the account is deleted, without a link', async () => {
  const person = await app.owner('leaver');
  await person.deleteAccount();
  await told(app);
  const [mail] = (await app.mails('leaver@example.com')).slice(-1);
  expect(mail?.subject).toBe('Your Latchkey account was deleted');
  expect(mail?.text).not.toContain('/not-me');
});

it('sends nothing to an address that is not verified, and nothing of a registration', async () => {
  const person = await app.person('unproven');
  const form = { currentPassword: PASSWORD, newPassword: NEXT, newPasswordAgain: NEXT };
  await person.submit('/settings/password', form);
  await app.visitor().login('unproven', NEXT);
  const newcomer = app.visitor();
  await goThrough(app.stub, newcomer, 'google', { ...someone(), email: 'vouched@example.com' });
  expect(await newcomer.whoami()).not.toBeNull();
  expect(await subjects('unproven')).toEqual([]);
  expect(await subjects('vouched')).toEqual([]);
});

it('writes text and HTML of one source, and no token into the log', async () => {
  await app.owner('silent');
  await app.visitor().login('silent');
  const [mail] = await notices('silent');
  const [, token = 'none'] = /token=([\w.-]+)/.exec(mail?.text ?? '') ?? [];
  expect(mail?.html).toContain(`token=${token}`.replace('=', '&#x3D;'));
  await app.visitor().get(`/not-me?token=${token}`);
  expect(app.log.join('')).not.toContain(token.split('.')[1]);
});

it('the activity of somebody who does the same thing without a pause has a bound', async () => {
  const person = await app.person('busy');
  const accountId = String((await app.user('busy'))?.['_id']);
  await told(app);
  const at = new Date();
  const record = { accountId, name: 'profile-changed', result: 'success', facts: {}, at };
  const expiresAt = new Date(at.getTime() + HOUR);
  await app.db
    .collection<{ _id: string }>('activity')
    .insertMany(
      Array.from({ length: 200 }, (_, n) => ({ _id: `busy-${n}`, ...record, expiresAt })),
    );
  await person.submit('/settings/profile', { username: 'busy', name: 'Once more' });
  await person.logout();
  await told(app);
  const kept = (name: string) => app.db.collection('activity').countDocuments({ accountId, name });
  expect([await kept('profile-changed'), await kept('logged-out')]).toEqual([200, 1]);
});

it('LG-03 BF-12 a thief who logs in again and again does not bury the first notice', async () => {
  const person = await app.owner('flooded');
  const start = new Date();
  for (let n = 0; n < 14; n++) {
    await app.visitor().login('flooded');
    await told(app);
  }
  expect(await notices('flooded')).toHaveLength(10);
  expect((await activityOf(person)).filter((each) => each.includes('was new to'))).toHaveLength(14);
  // Another kind is told of all the same, and the same one in the next hour.
  await link(app, person, 'github', someone());
  app.advance(HOUR + (Date.now() - start.getTime()));
  await app.visitor().login('flooded');
  expect((await subjects('flooded')).slice(-2)).toEqual([
    'GitHub was connected to your Latchkey account',
    'New login to your Latchkey account',
  ]);
});

import { Injectable } from '@nestjs/common';
import { MongooseUserRepository } from '../../src/users/mongoose/mongoose-user.repository.js';
import { UserRepository } from '../../src/users/user.repository.js';
import { startApp, type TestApp } from '../support/app.js';
import { setUp, twoStepPerson, typeRecoveryCode, typeTotp } from '../support/authenticator.js';
import {
  addPasskey,
  logInByPasskey,
  optionsFor,
  passkeyHolder,
  softDevice,
} from '../support/passkeys.js';
import { PASSWORD } from '../support/visitor.js';

const DAY = 24 * 60 * 60_000;
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** All that is stored of people but when their sessions were last seen. */
const accounts = async () => (await app.users()).map((user) => ({ ...user, sessions: null }));

/** Somebody whose second browser is not asked for the second step. */
async function trusting(username: string, isVerified = false) {
  const person = await twoStepPerson(app, username);
  if (isVerified) await app.verify(username);
  const device = app.visitor();
  await device.login(username);
  const trust = { trust: 'yes' };
  const body = { totp: person.app.code(), ...trust };
  const headers = { 'user-agent': FIREFOX };
  await device.send('POST', '/login/second-step/authenticator', { body, headers });
  await device.logout();
  return { ...person, device };
}

it('is not asked for the second step for thirty days, at this account alone', async () => {
  const { device } = await trusting('trusting');
  await twoStepPerson(app, 'not-trusting');
  expect((await device.login('trusting')).location).toBe('/');
  await device.logout();
  expect((await device.login('not-trusting')).location).toBe('/login/second-step');
  app.advance(30 * DAY);
  expect((await device.login('trusting')).location).toBe('/login/second-step');
});

it('LG-03 its owner is told by mail, with a link that has every device asked again', async () => {
  const { device } = await trusting('told-of-it', true);
  const mails = await app.mails('told-of-it@example.com');
  const mail = mails.find(({ subject }) => subject?.includes('no longer asked'));
  const [link = ''] = /\/not-me\?token=[\w.-]+/.exec(mail?.text ?? '') ?? [];
  const owner = app.visitor();
  expect((await owner.get(link)).text).toContain('no longer asked for the second step');
  expect((await owner.submit(link, {})).status).toBe(303);
  expect(await app.user('told-of-it')).not.toHaveProperty('trustedDevices');
  expect((await device.login('told-of-it')).location).not.toBe('/');
});

it('is nobody else, whatever they write into the cookie', async () => {
  const { device } = await trusting('copied-name');
  const stranger = app.visitor();
  const [id = ''] = (device.cookies.get('test-trusted') ?? '').split('.');
  for (const secret of ['a'.repeat(32), '', 'x'.repeat(2000)]) {
    stranger.cookies.set('test-trusted', `${id}.${secret}`);
    expect((await stranger.login('copied-name')).location).toBe('/login/second-step');
  }
});

it('is listed in the settings, and asked again once it is taken off', async () => {
  const { visitor: owner, device } = await trusting('listing');
  const page = await owner.get('/settings/security');
  expect(page.text).toContain('Firefox on Linux');
  const [action = ''] = /\/settings\/security\/devices\/[\w-]+\/forget/.exec(page.html) ?? [];
  const stranger = await app.person('other-lister');
  const refused = await stranger.submit('/settings/profile', {}, action);
  expect(refused.status).toBe(404);
  expect((await owner.submit('/settings/security', {}, action)).location).toBe(
    '/settings/security',
  );
  expect((await owner.get('/settings/security')).text).not.toContain('Firefox on Linux');
  expect((await device.login('listing')).location).toBe('/login/second-step');
});

it('LK-07 of another person is "not found", as is every id that is none, and stays trusted', async () => {
  const { visitor: victim, device } = await trusting('their-device');
  const { visitor: thief } = await trusting('takes-devices');
  const [, foreign = ''] =
    /devices\/([\w-]+)\/forget/.exec((await victim.get('/settings/security')).html) ?? [];
  expect(foreign).toHaveLength(43);
  const before = await accounts();
  const forget = (id: string, fields = {}) =>
    thief.submit('/settings/security', fields, `/settings/security/devices/${id}/forget`);
  for (const id of [
    foreign,
    foreign.slice(1),
    '$ne',
    '__proto__',
    'a%00',
    '%5B%5D',
    'x'.repeat(4000),
  ]) {
    expect([id, (await forget(id)).status]).toEqual([id, 404]);
  }
  expect((await forget('none', { device: foreign })).status).toBe(404);
  expect([400, 404]).toContain((await forget('none', { 'device[]': foreign })).status);
  expect(await accounts()).toEqual(before);
  expect((await device.login('their-device')).location).toBe('/');
});

it.each<[string, (person: Awaited<ReturnType<typeof trusting>>) => Promise<unknown>]>([
  [
    'a new password',
    ({ visitor }) =>
      visitor.submit('/settings/password', {
        currentPassword: PASSWORD,
        newPassword: PASSWORD.toUpperCase(),
        newPasswordAgain: PASSWORD.toUpperCase(),
      }),
  ],
  ['new recovery codes', ({ visitor }) => visitor.submit('/settings/security/recovery-codes', {})],
  [
    'another app',
    async ({ visitor }) => {
      await visitor.submit(
        '/settings/security/authenticator',
        {},
        '/settings/security/authenticator/remove',
      );
    },
  ],
  ['a passkey more', ({ visitor }) => addPasskey(visitor, softDevice(app))],
])('is asked again after %s', async (kind, change) => {
  const username = `ends-by-${kind.replaceAll(' ', '-')}`;
  const person = await trusting(username);
  await change(person);
  const account = await app.user(username);
  const asked = await person.visitor.get('/settings/security');
  expect(asked.text).not.toContain('Firefox on Linux');
  if (account?.['totp']) {
    const password = kind === 'a new password' ? PASSWORD.toUpperCase() : PASSWORD;
    expect((await person.device.login(username, password)).location).toBe('/login/second-step');
  }
});

it('is asked again after a passkey was removed', async () => {
  const { person: owner, own } = await passkeyHolder(app, 'one-key-less');
  const { app: authenticator } = await setUp(app, owner);
  const device = app.visitor();
  await device.login('one-key-less');
  await typeTotp(device, authenticator.code(), { trust: 'yes' });
  expect((await device.login('one-key-less')).location).toBe('/');
  const [action = ''] =
    /\/settings\/security\/passkeys\/[\w-]+\/remove/.exec(
      (await owner.get('/settings/security/passkeys')).html,
    ) ?? [];
  await owner.submit('/settings/security/passkeys', {}, action);
  expect(await app.user('one-key-less')).not.toHaveProperty('passkeys');
  expect((await device.login('one-key-less')).location).toBe('/login/second-step');
  // A way in that is gone gives no trust back.
  const refused = await logInByPasskey(device, own.use(await optionsFor(device)));
  expect(refused.status).toBe(422);
});

it('keeps ten devices of an account at most', async () => {
  const { codes } = await trusting('many-devices');
  for (const code of codes) {
    const visitor = app.visitor();
    await visitor.login('many-devices');
    await typeRecoveryCode(visitor, code, { trust: 'yes' });
  }
  const account = await app.user('many-devices');
  expect(account?.['trustedDevices']).toHaveLength(10);
  expect((await typeTotp(app.visitor(), '123456')).location).toBe('/login');
});

/** The repository, where a test can have something else happen before a browser is trusted. */
@Injectable()
class OvertakenUsers extends MongooseUserRepository {
  before: (() => Promise<unknown>) | null = null;

  override async update(
    ...[asRead, change, events]: Parameters<MongooseUserRepository['update']>
  ): ReturnType<MongooseUserRepository['update']> {
    const { before } = this;
    if (change.trustedDevices && before) {
      this.before = null;
      await before();
    }
    return super.update(asRead, change, events);
  }
}

it('SE-07 none is trusted by a login that a new password ends at the same moment', async () => {
  const other = await startApp({}, (testing) =>
    testing.overrideProvider(UserRepository).useClass(OvertakenUsers),
  );
  const { visitor: owner, app: authenticator } = await twoStepPerson(other, 'overtaken');
  const thief = other.visitor();
  await thief.login('overtaken');
  const newPassword = PASSWORD.toUpperCase();
  const passwords = { currentPassword: PASSWORD, newPassword, newPasswordAgain: newPassword };
  const users = other.nest.get<OvertakenUsers>(UserRepository, { strict: false });
  users.before = async () => {
    const changed = await owner.submit('/settings/password', passwords);
    expect([changed.status, changed.location]).toEqual([303, '/settings/password']);
  };
  await typeTotp(thief, authenticator.code(), { trust: 'yes' });
  expect(users.before).toBeNull();
  expect(thief.cookies.has('test-trusted')).toBe(false);
  expect(await other.user('overtaken')).not.toHaveProperty('trustedDevices');
  expect(await thief.whoami()).toBeNull();
  await other.close();
});

import { told } from '../support/activity.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  type Authenticator,
  codesOn,
  setUp,
  typeRecoveryCode,
  typeTotp,
} from '../support/authenticator.js';
import { addPasskey, logInByPasskey, optionsFor, softDevice } from '../support/passkeys.js';
import type { SoftAuthenticator } from '../support/soft-authenticator.js';
import type { Visitor } from '../support/visitor.js';

const NEXT = 'four louder harbours';
const APP = '/settings/security/authenticator';
const CODES = '/settings/security/recovery-codes';
const PASSKEYS = '/settings/security/passkeys';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** What opens an account for whom. */
interface Keys {
  readonly authenticator: Authenticator;
  readonly passkey: SoftAuthenticator;
  readonly codes: readonly string[];
}

/** An app, a passkey and recovery codes, one of them used. */
async function robbable(username: string): Promise<Keys> {
  const owner = await app.owner(username);
  const passkey = softDevice(app);
  await addPasskey(owner, passkey);
  const { app: authenticator, codes } = await setUp(app, owner);
  const again = app.visitor();
  await again.login(username);
  await typeRecoveryCode(again, codes[0] ?? '');
  return { authenticator, passkey, codes };
}

/** A thief comes in with the password and a code that was seen somewhere. */
async function breakIn(username: string, code: string): Promise<Visitor> {
  app.advance(60_000);
  const thief = app.visitor();
  await thief.login(username);
  await typeRecoveryCode(thief, code);
  expect(await thief.whoami()).toBe(username);
  return thief;
}

async function removeAll(thief: Visitor): Promise<void> {
  const { html } = await thief.get(PASSKEYS);
  const [, action = ''] = /action="([^"]+\/remove)"/.exec(html) ?? [];
  await thief.submit(PASSKEYS, {}, action);
  await thief.submit(APP, {}, `${APP}/remove`);
}

/** The owner reads the newest mail that tells of a recovery code, and presses the button. */
async function takeBack(username: string): Promise<{ owner: Visitor; location: string | null }> {
  await told(app);
  const mails = await app.mails(`${username}@example.com`);
  const mail = mails.findLast(({ subject = '' }) => subject.includes('A recovery code was used'));
  const [link = ''] = /\/not-me\?token=\S+/.exec(mail?.text ?? '') ?? [];
  const owner = app.visitor();
  const { location: page } = await owner.submit(link, {});
  const form = { newPassword: NEXT, newPasswordAgain: NEXT };
  const { location } = await owner.submit(page ?? '', form, '/recovery/new-password');
  return { owner, location };
}

async function atStep(username: string): Promise<Visitor> {
  const visitor = app.visitor();
  expect((await visitor.login(username, NEXT)).location).toBe('/login/second-step');
  return visitor;
}

it('RS-07 what a thief took off and replaced opens the account for its owner again, and nothing of the thief’s does', async () => {
  const username = 'robbed-of-all';
  const own = await robbable(username);
  const thief = await breakIn(username, own.codes[1] ?? '');
  await removeAll(thief);
  const passkey = softDevice(app);
  await addPasskey(thief, passkey);
  const { app: authenticator } = await setUp(app, thief);
  const codes = codesOn(await thief.submit(CODES, {}));
  expect(codes).toHaveLength(10);

  const { owner, location } = await takeBack(username);
  expect(location).toBe('/login/second-step');
  expect((await typeTotp(owner, authenticator.code())).status).toBe(422);
  expect((await typeRecoveryCode(owner, codes[0] ?? '')).status).toBe(422);
  // Those that were used before stay used.
  for (const used of own.codes.slice(0, 2)) {
    expect((await typeRecoveryCode(owner, used)).status).toBe(422);
  }
  expect((await typeTotp(owner, own.authenticator.code())).location).toBe('/');
  expect(await owner.whoami()).toBe(username);
  expect((await typeRecoveryCode(await atStep(username), own.codes[2] ?? '')).location).toBe('/');
  const phone = app.visitor();
  const used = own.passkey.use(await optionsFor(phone));
  expect((await logInByPasskey(phone, used)).location).toBe('/');
  expect(await phone.whoami()).toBe(username);
  const stranger = app.visitor();
  const refused = await logInByPasskey(stranger, passkey.use(await optionsFor(stranger)));
  expect(refused.text).toContain('This passkey opens no account here');
});

it('RS-07 an app and codes that a thief only replaced are the owner’s again', async () => {
  const username = 'robbed-in-place';
  const own = await robbable(username);
  const thief = await breakIn(username, own.codes[1] ?? '');
  const { app: authenticator } = await setUp(app, thief, `${APP}?another=yes`);
  await thief.submit(CODES, {});
  const { owner } = await takeBack(username);
  expect((await typeTotp(owner, authenticator.code())).status).toBe(422);
  expect((await typeTotp(owner, own.authenticator.code())).location).toBe('/');
  expect((await typeRecoveryCode(await atStep(username), own.codes[3] ?? '')).location).toBe('/');
});

it('RS-07 a passkey that the thief made one of an account of theirs keeps nobody from the rest', async () => {
  const username = 'robbed-of-a-name';
  const own = await robbable(username);
  const thief = await breakIn(username, own.codes[1] ?? '');
  await removeAll(thief);
  await addPasskey(await app.person('name-thief'), softDevice(app, own.passkey.id));
  const { owner } = await takeBack(username);
  expect((await typeTotp(owner, own.authenticator.code())).location).toBe('/');
  expect(await app.user(username)).not.toHaveProperty('passkeys');
});

it('MF-05 what is kept of removed factors is sealed and hashed, opens nothing, and goes with the account', async () => {
  const username = 'kept-sealed';
  const own = await robbable(username);
  const thief = await breakIn(username, own.codes[1] ?? '');
  await removeAll(thief);
  const account = JSON.stringify(await app.user(username));
  expect(account).toContain(own.passkey.id);
  for (const code of own.codes) expect(account).not.toContain(code.replaceAll('-', ''));
  const phone = app.visitor();
  const refused = await logInByPasskey(phone, own.passkey.use(await optionsFor(phone)));
  expect(refused.status).toBe(422);
  expect((await app.visitor().login(username)).location).toBe('/');
  await thief.deleteAccount();
  const all = await app.db.collection('users').find().toArray();
  expect(JSON.stringify(all)).not.toContain(own.passkey.id);
});

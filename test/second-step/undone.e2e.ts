import { told } from '../support/activity.js';
import { startApp, type TestApp } from '../support/app.js';
import { setUp, twoStepPerson, typeRecoveryCode, typeTotp } from '../support/authenticator.js';
import { type Visitor } from '../support/visitor.js';

const NEXT = 'four louder harbours';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** The link "this wasn't me" of the mail to an address whose subject has these words. */
async function linkIn(to: string, words: string): Promise<string> {
  await told(app);
  const mail = (await app.mails(to)).find(({ subject = '' }) => subject.includes(words));
  const [, path = ''] = /(\/not-me\?token=\S+)/.exec(mail?.text ?? '') ?? [];
  return path;
}

/** Presses the button of the page, and sets the new password that is asked for then. */
async function takeBack(visitor: Visitor, path: string) {
  const { location } = await visitor.submit(path, {});
  const form = { newPassword: NEXT, newPasswordAgain: NEXT };
  return visitor.submit(location ?? '', form, '/recovery/new-password');
}

it('RS-07 an app that a thief set up goes by the link in the mail that tells of it', async () => {
  await app.owner('locked-out');
  const thief = app.visitor();
  await thief.login('locked-out');
  const { app: theirs } = await setUp(app, thief);
  const link = await linkIn('locked-out@example.com', 'Two-step login was set up');
  const owner = app.visitor();
  expect((await owner.get(link)).text).toContain('set up an authenticator app');
  expect((await takeBack(owner, link)).location).toBe('/');
  expect(await owner.whoami()).toBe('locked-out');
  const account = await app.user('locked-out');
  expect(account).not.toHaveProperty('totp');
  expect(account).not.toHaveProperty('recoveryCodes');
  expect(await thief.whoami()).toBeNull();
  const again = app.visitor();
  expect((await again.login('locked-out', NEXT)).location).toBe('/');
  expect((await typeTotp(again, theirs.code())).location).toBe('/');
});

it('RS-06, RS-07 an app of before stays: who reads the mails alone is asked for its code', async () => {
  const { app: authenticator, codes } = await twoStepPerson(app, 'kept-app');
  await app.verify('kept-app');
  const thief = app.visitor();
  await thief.login('kept-app');
  await typeRecoveryCode(thief, codes[0] ?? '', { trust: 'yes' });
  expect(await thief.whoami()).toBe('kept-app');
  const link = await linkIn('kept-app@example.com', 'A recovery code was used');
  const owner = app.visitor();
  expect((await takeBack(owner, link)).location).toBe('/login/second-step');
  expect(await owner.whoami()).toBeNull();
  expect(await thief.whoami()).toBeNull();
  await typeTotp(owner, authenticator.code());
  expect(await owner.whoami()).toBe('kept-app');
  expect(await app.user('kept-app')).not.toHaveProperty('trustedDevices');
});

it('LG-01 the activity tells of each change of a factor and of wrong codes', async () => {
  const { visitor: owner, app: authenticator } = await twoStepPerson(app, 'logged-factors');
  const other = app.visitor();
  await other.login('logged-factors');
  await typeTotp(other, authenticator.wrong());
  await owner.submit('/settings/security/recovery-codes', {});
  const page = '/settings/security/authenticator';
  await owner.submit(page, {}, `${page}/remove`);
  await told(app);
  const { text } = await owner.get('/settings/activity');
  for (const sentence of [
    'Authenticator app set up',
    'had no right code for the second step',
    'New recovery codes made',
    'Authenticator app turned off',
  ]) {
    expect(text).toContain(sentence);
  }
  const log = app.log.join('');
  expect(log).toContain('second-step-failed');
  expect(log).not.toContain(authenticator.wrong());
});

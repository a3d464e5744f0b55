import { told } from '../support/activity.js';
import { startApp, type TestApp } from '../support/app.js';
import { addPasskey, logInByPasskey, optionsFor, softDevice } from '../support/passkeys.js';

const NEXT = 'four louder harbours';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** The path of the link in the mail to an address whose subject has these words. */
async function linkIn(to: string, words: string, path: RegExp): Promise<string> {
  await told(app);
  const mail = (await app.mails(to)).findLast(({ subject = '' }) => subject.includes(words));
  return path.exec(mail?.text ?? '')?.[0] ?? '';
}

it('RS-07 a passkey that a thief added goes by the link in the mail that tells of it', async () => {
  const owner = await app.owner('robbed');
  const [before, after] = [softDevice(app), softDevice(app)];
  await addPasskey(owner, before);
  app.advance(1000);
  const thief = app.visitor();
  await thief.login('robbed');
  await addPasskey(thief, after);
  const link = await linkIn('robbed@example.com', 'A passkey was added', /\/not-me\?token=\S+/);
  const { location } = await owner.submit(link, {});
  const form = { newPassword: NEXT, newPasswordAgain: NEXT };
  await owner.submit(location ?? '', form, '/recovery/new-password');
  expect(await owner.whoami()).toBe('robbed');
  const refused = await logInByPasskey(thief, after.use(await optionsFor(thief)));
  expect(refused.text).toContain('This passkey opens no account here');
  const phone = app.visitor();
  expect((await logInByPasskey(phone, before.use(await optionsFor(phone)))).location).toBe('/');
});

it('RS-07 a passkey of whoever gave an address first is worth nothing once its owner comes', async () => {
  const squatter = await app.person('squatted');
  const own = softDevice(app);
  await addPasskey(squatter, own);
  const owner = app.visitor();
  await owner.submit('/recovery', { identifier: 'squatted@example.com' });
  const path = /\/recovery\/new-password\?token=\S+/;
  const link = await linkIn('squatted@example.com', 'Set a new password', path);
  const form = { newPassword: NEXT, newPasswordAgain: NEXT };
  await owner.submit(link, form, '/recovery/new-password');
  expect((await owner.get('/')).text).toContain(
    'We removed a passkey, because it was added before your email address was confirmed.',
  );
  expect(await owner.whoami()).toBe('squatted');
  const refused = await logInByPasskey(squatter, own.use(await optionsFor(squatter)));
  expect(refused.status).toBe(422);
  expect(await squatter.whoami()).toBeNull();
});

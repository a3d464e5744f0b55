import { startApp, type TestApp } from '../support/app.js';
import { setUp, twoStepPerson } from '../support/authenticator.js';
import { optionsFor, optionsOn, passkeyHolder } from '../support/passkeys.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

const MINUTE = 60_000;
const CONFIRM = '/settings/confirm';
const STEP = `${CONFIRM}/second-step`;
const APP = '/settings/security/authenticator';
/** Somebody touched it, and it did not ask who. */
const TOUCHED = { flags: 1 };

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

async function byPassword(visitor: Visitor): Promise<void> {
  app.advance(16 * MINUTE);
  expect((await visitor.get(CONFIRM)).html).toContain('name="currentPassword"');
  const { location } = await visitor.submit(`${CONFIRM}?next=${APP}`, {
    currentPassword: PASSWORD,
  });
  expect(location).toBe(`${STEP}?next=${encodeURIComponent(APP)}`);
}

async function turnsOff(visitor: Visitor, username: string): Promise<boolean> {
  await visitor.submit(APP, {}, `${APP}/remove`);
  return !(await app.user(username))?.['totp'];
}

it('SU-01 the strongest way that the account has stands first, and the others below it', async () => {
  const { person } = await passkeyHolder(app, 'ordered');
  const { html } = await person.get(CONFIRM);
  const [passkey, password] = ['action="/settings/confirm/passkey"', 'name="currentPassword"'].map(
    (each) => html.indexOf(each),
  );
  expect(passkey).toBeGreaterThan(0);
  expect(password).toBeGreaterThan(Number(passkey));
  const without = await app.person('without-passkey');
  const plain = await without.get(CONFIRM);
  expect(plain.html).not.toContain('/settings/confirm/passkey');
});

it('SU-01 MF-06 a recovery code is a second step there as at a login, once, and told of', async () => {
  const { visitor, codes } = await twoStepPerson(app, 'lost-phone');
  await byPassword(visitor);
  expect((await visitor.get(`${STEP}?next=${APP}`)).location).toBe(
    `${STEP}/authenticator?next=${encodeURIComponent(APP)}`,
  );
  const page = await visitor.get(`${STEP}/authenticator?next=${APP}`);
  const link = `${STEP}/recovery-code?next=${encodeURIComponent(APP)}`;
  expect(page.html.replaceAll('&#x3D;', '=')).toContain(`href="${link}"`);
  expect(page.html).not.toContain('name="trust"');
  const step = `${STEP}/recovery-code`;
  const wrong = await visitor.submit(link, { recoveryCode: 'ABCD-EFGH-JKLM-NPQR' }, step);
  expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('recovery codes, or')]);
  expect(await turnsOff(visitor, 'lost-phone')).toBe(false);
  const taken = await visitor.submit(link, { recoveryCode: codes[0] ?? '' }, step);
  expect(taken.location).toBe(APP);
  expect((await visitor.get(APP)).text).toContain('9 are left');
  expect(await turnsOff(visitor, 'lost-phone')).toBe(true);
});

it('MF-06 the same recovery code is taken by no second confirmation', async () => {
  const { visitor, codes } = await twoStepPerson(app, 'code-again');
  const code = { recoveryCode: codes[0] ?? '' };
  await byPassword(visitor);
  await visitor.submit(`${STEP}/recovery-code`, code);
  await byPassword(visitor);
  expect((await visitor.submit(`${STEP}/recovery-code`, code)).status).toBe(422);
});

it('MF-02 before the way in was shown no factor is looked at: a stolen session uses up no try', async () => {
  const { visitor } = await twoStepPerson(app, 'tries-kept');
  app.advance(16 * MINUTE);
  for (const [page, field] of [
    ['authenticator', 'totp'],
    ['recovery-code', 'recoveryCode'],
    ['passkey', 'passkey'],
  ] as const) {
    const answer = await visitor.submit(CONFIRM, { [field]: '123456' }, `${STEP}/${page}`);
    expect([page, answer.location]).toEqual([page, CONFIRM]);
  }
  const user = await app.user('tries-kept');
  expect(user).not.toHaveProperty('totp.guesses');
  expect(user).not.toHaveProperty('recoveryCodes.guesses');
});

it('OA-14 a passkey that was only touched is a second step after the password', async () => {
  const { person, own } = await passkeyHolder(app, 'touched-after');
  await setUp(app, person);
  await byPassword(person);
  const page = `${STEP}/passkey`;
  const passkey = own.use(await optionsOn(person, page), TOUCHED);
  expect((await person.submit(`${page}?next=${APP}`, { passkey }, page)).location).toBe(APP);
  expect(await turnsOff(person, 'touched-after')).toBe(true);
});

it('OA-14 a passkey that was only touched is none after itself', async () => {
  const { person, own } = await passkeyHolder(app, 'touched-twice');
  await setUp(app, person);
  app.advance(16 * MINUTE);
  const options = await optionsFor(person, '/settings/confirm/passkey/options');
  const passkey = own.use(options, TOUCHED);
  const first = await person.submit(CONFIRM, { passkey }, `${CONFIRM}/passkey`);
  expect(first.location).toMatch(/^\/settings\/confirm\/second-step/);
  expect((await person.get(`${STEP}/passkey`)).location).toBe(STEP);
  expect((await person.get(`${STEP}/authenticator`)).html).not.toContain(`${STEP}/passkey`);
  expect(await turnsOff(person, 'touched-twice')).toBe(false);
});

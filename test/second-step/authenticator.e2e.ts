import { startApp, type TestApp } from '../support/app.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';
import { freshDatabase } from '../support/database-address.js';
import {
  Authenticator,
  AUTHENTICATOR_STEP,
  keyOn,
  setUp,
  twoStepPerson,
  typeRecoveryCode,
  typeTotp,
} from '../support/authenticator.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const PAGE = '/settings/security/authenticator';

const database = freshDatabase();
let app: TestApp;
beforeAll(async () => {
  app = await startApp({ MONGODB_URI: database });
});
afterAll(() => app.close());

/** Somebody who has typed the password of the account in a browser of their own. */
async function atStep(username: string) {
  const visitor = app.visitor();
  expect((await visitor.login(username)).location).toBe('/login/second-step');
  return visitor;
}

describe('setting up', () => {
  it('MF-05 counts only once a code of the app has confirmed it, and the key is never shown again', async () => {
    const owner = await app.person('setting-up');
    const shown = await owner.get(PAGE);
    expect(shown.html).toContain('src="data:image/svg+xml;base64,');
    const key = keyOn(shown);
    expect(key.replaceAll(' ', '')).toHaveLength(32);
    expect(keyOn(await owner.get(PAGE))).toBe(key);
    // Not confirmed: nobody is asked for it.
    expect((await app.visitor().login('setting-up')).location).toBe('/');
    const authenticator = new Authenticator(() => app.now(), key);
    const wrong = await owner.submit(PAGE, {
      totp: authenticator.wrong(),
      currentPassword: PASSWORD,
    });
    expect([wrong.status, keyOn(wrong)]).toEqual([422, key]);
    expect((await app.visitor().login('setting-up')).location).toBe('/');
    expect(
      (await owner.submit(PAGE, { totp: authenticator.code(), currentPassword: PASSWORD })).status,
    ).toBe(200);
    const after = await owner.get(PAGE);
    expect(after.html).not.toContain(key);
    expect(keyOn(after)).toBe('');
    expect(await app.user('setting-up')).not.toHaveProperty('totp.secret');
    expect(JSON.stringify(await app.user('setting-up'))).not.toContain(key.replaceAll(' ', ''));
    await atStep('setting-up');
  });

  it('tells what was left out in the order of the page', async () => {
    const owner = await app.person('left-out');
    const { text } = await owner.submit(PAGE, { totp: '', currentPassword: '' });
    const [code, password] = ['Enter the code that', 'Enter your current'];
    expect(text.indexOf(code)).toBeGreaterThan(0);
    expect(text.indexOf(code)).toBeLessThan(text.indexOf(password));
  });

  it('MF-05 asks who somebody is, whose login may be young: a stolen session sets up and takes off nothing', async () => {
    const { visitor: owner } = await twoStepPerson(app, 'stale-owner');
    const before = await app.user('stale-owner');
    const shown = await owner.get(`${PAGE}?another=yes`);
    const totp = new Authenticator(() => app.now(), keyOn(shown)).code();
    expect((await owner.submit(PAGE, { totp })).status).toBe(422);
    expect((await owner.submit(PAGE, { totp, currentPassword: 'a wrong one' })).status).toBe(422);
    const _csrf = await owner.token('/settings/profile');
    app.advance(16 * MINUTE);
    for (const path of [`${PAGE}/remove`, '/settings/security/recovery-codes']) {
      const answer = await owner.send('POST', path, { body: { _csrf } });
      expect([path, answer.location]).toEqual([
        path,
        expect.stringMatching(/^\/settings\/confirm/),
      ]);
    }
    expect(await app.user('stale-owner')).toMatchObject({ totp: before?.['totp'] });
  });

  it('SU-01 CS-01 is taken off or replaced by the password and the factor together: one alone is not enough', async () => {
    const { visitor: owner, app: authenticator } = await twoStepPerson(app, 'both-factors');
    app.advance(16 * MINUTE);
    const lead = '/settings/confirm/second-step';
    const step = `${lead}/authenticator`;
    // The factor is not asked for before the password: a stolen session uses up no try.
    const early = await owner.submit('/settings/confirm', { totp: authenticator.wrong() }, step);
    expect(early.location).toBe('/settings/confirm');
    expect(await app.user('both-factors')).not.toHaveProperty('totp.guesses');
    const first = await owner.submit('/settings/confirm', { currentPassword: PASSWORD });
    expect(first.location).toBe(lead);
    const _csrf = await owner.token('/settings/profile');
    for (const path of [
      PAGE,
      `${PAGE}/remove`,
      '/settings/security/recovery-codes',
      '/settings/password',
    ]) {
      const body = { _csrf, totp: authenticator.code(), currentPassword: PASSWORD };
      const answer = await owner.send('POST', path, { body });
      expect([path, answer.location]).toEqual([
        path,
        expect.stringMatching(/^\/settings\/confirm/),
      ]);
    }
    expect(await app.user('both-factors')).toHaveProperty('totp');
    expect((await owner.submit(step, { totp: authenticator.wrong() })).status).toBe(422);
    // CS-01: without the token of the form the code is not even spent.
    const foreign = { body: { totp: authenticator.code() }, headers: { origin: app.origin } };
    expect((await owner.send('POST', step, foreign)).status).toBe(403);
    const confirmed = await owner.submit(step, { totp: authenticator.code() });
    expect([confirmed.status, confirmed.location]).toEqual([303, '/settings']);
    await owner.submit(PAGE, {}, `${PAGE}/remove`);
    expect(await app.user('both-factors')).not.toHaveProperty('totp');
  });

  it('SU-01 a browser that is trusted has shown no factor', async () => {
    const { app: authenticator } = await twoStepPerson(app, 'trusting-thief');
    const visitor = await atStep('trusting-thief');
    await typeTotp(visitor, authenticator.code(), { trust: 'yes' });
    app.advance(16 * MINUTE);
    expect((await visitor.login('trusting-thief')).location).toBe('/');
    const body = { _csrf: await visitor.token('/settings/profile') };
    const answer = await visitor.send('POST', `${PAGE}/remove`, { body });
    expect(answer.location).toMatch(/^\/settings\/confirm/);
    expect(await app.user('trusting-thief')).toHaveProperty('totp');
  });

  it('replaces an app: the one before opens nothing any more, and the codes stay', async () => {
    const { visitor: owner, app: first, codes } = await twoStepPerson(app, 'another-app');
    const { app: second, answer } = await setUp(app, owner, `${PAGE}?another=yes`);
    expect(answer.location).toBe('/settings/security');
    expect((await typeTotp(await atStep('another-app'), first.code())).status).toBe(422);
    expect((await typeTotp(await atStep('another-app'), second.code())).location).toBe('/');
    expect((await typeRecoveryCode(await atStep('another-app'), codes[0] ?? '')).location).toBe(
      '/',
    );
  });

  it('logs out whoever else was in, and ends with the app', async () => {
    const owner = await app.person('cutting');
    const other = app.visitor();
    await other.login('cutting');
    await setUp(app, owner);
    expect(await other.whoami()).toBeNull();
    expect(await owner.whoami()).toBe('cutting');
    const removed = await owner.submit(PAGE, {}, `${PAGE}/remove`);
    expect(removed.location).toBe('/settings/security');
    expect((await app.visitor().login('cutting')).location).toBe('/');
    const account = await app.user('cutting');
    expect(account).not.toHaveProperty('totp');
    expect(account).not.toHaveProperty('recoveryCodes');
  });

  it('shows a new key to whoever comes late, and the same one before', async () => {
    const owner = await app.person('late-comer');
    const key = keyOn(await owner.get(PAGE));
    const authenticator = new Authenticator(() => app.now(), key);
    app.advance(29 * MINUTE);
    expect(keyOn(await owner.get(PAGE))).toBe(key);
    await owner.submit('/settings/confirm', { currentPassword: PASSWORD });
    expect(keyOn(await owner.get(PAGE))).toBe(key);
    const _csrf = await owner.token(PAGE);
    app.advance(2 * MINUTE);
    const body = { _csrf, totp: authenticator.code(), currentPassword: PASSWORD };
    const late = await owner.send('POST', PAGE, { body });
    expect([late.status, late.text]).toEqual([422, expect.stringContaining('took too long')]);
    expect(keyOn(late)).not.toBe(key);
  });
});

describe('a code', () => {
  it('MF-01 opens one login, and no other by the same code or one before it', async () => {
    const { app: authenticator } = await twoStepPerson(app, 'replayed');
    const [earlier, code] = [authenticator.code(-1), authenticator.code()];
    expect((await typeTotp(await atStep('replayed'), code)).location).toBe('/');
    const again = await typeTotp(await atStep('replayed'), code);
    expect([again.status, again.text]).toEqual([422, expect.stringContaining('used already')]);
    expect((await typeTotp(await atStep('replayed'), earlier)).status).toBe(422);
    app.advance(30 * SECOND);
    expect((await typeTotp(await atStep('replayed'), authenticator.code())).location).toBe('/');
  });

  it('MF-01 is taken a step early or late, and no further; of one that is too old the page says so', async () => {
    const { app: authenticator } = await twoStepPerson(app, 'drifting');
    app.advance(5 * MINUTE);
    const visitor = await atStep('drifting');
    const tooOld = await typeTotp(visitor, authenticator.code(-2));
    expect([tooOld.status, tooOld.text]).toEqual([422, expect.stringContaining('check the clock')]);
    expect((await typeTotp(visitor, authenticator.code(2))).status).toBe(422);
    expect((await typeTotp(visitor, authenticator.code(-1))).location).toBe('/');
    expect((await typeTotp(await atStep('drifting'), authenticator.code(1))).location).toBe('/');
  });

  it('MF-02 is six ASCII digits: another kind is refused with what to type, and is no guess', async () => {
    const { app: authenticator } = await twoStepPerson(app, 'odd-types');
    const visitor = await atStep('odd-types');
    const raw = async (body: string) =>
      (await visitor.send('POST', AUTHENTICATOR_STEP, { body })).status;
    expect(await raw('totp[]=123456')).toBe(400);
    expect(await raw('totp[x]=123456')).toBe(400);
    expect(await raw('totp=123456&totp=123457')).toBe(400);
    for (const totp of ['', '1e5', '12345', '1234567', '0x1234', '+12345', 'abcdef', 'NaN']) {
      expect([totp, (await typeTotp(visitor, totp)).status]).toEqual([totp, 422]);
    }
    const typed = authenticator.code();
    const inOther = (digits: string) =>
      typed.replace(/\d/g, (digit) => digits[Number(digit)] ?? '');
    for (const totp of [inOther('٠١٢٣٤٥٦٧٨٩'), inOther('０１２３４５６７８９')]) {
      const refused = await typeTotp(visitor, totp);
      expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('0 to 9')]);
    }
    // None of these was a guess.
    expect(await app.user('odd-types')).not.toHaveProperty('totp.guesses');
    const spaced = `${typed.slice(0, 3)} ${typed.slice(3)} `;
    expect((await typeTotp(visitor, spaced)).location).toBe('/');
  });
});

const WHOLE = { sealedSecret: 'x', confirmedAt: new Date(), lastStep: 1 };
it.each([
  {},
  { sealedSecret: 'x' },
  { ...WHOLE, sealedSecret: 7 },
  { ...WHOLE, lastStep: 'late' },
  { ...WHOLE, confirmedAt: 'early' },
  { ...WHOLE, guesses: 'many' },
  { ...WHOLE, guesses: { wrong: 'many', pausedUntil: 'later' } },
])('a code for an app that some other hand has damaged as %j is refused', async (totp) => {
  const username = `d${Math.random().toString(36).slice(2, 10)}`;
  await app.person(username);
  await app.db.collection('users').updateOne({ username }, { $set: { totp } });
  const visitor = await atStep(username);
  expect((await typeTotp(visitor, '123456')).status).toBe(422);
  expect((await typeTotp(visitor, '123456')).status).toBe(422);
  expect(await visitor.whoami()).toBeNull();
});

describe('wrong codes', () => {
  it('MF-02 are followed by pauses that new logins do not end, each twice as long, up to an hour', async () => {
    const { app: authenticator, codes } = await twoStepPerson(app, 'guessed');
    for (let n = 0; n < 5; n++) {
      const { status, text } = await typeTotp(await atStep('guessed'), authenticator.wrong(n));
      expect([n, status, text.includes('wait 30 seconds')]).toEqual([n, 422, n === 4]);
    }
    let pause = 30 * SECOND;
    for (let n = 0; n < 9; n++) {
      const refused = await typeTotp(await atStep('guessed'), authenticator.code());
      expect([n, refused.status]).toEqual([n, 429]);
      app.advance(pause - 5 * SECOND);
      expect((await typeTotp(await atStep('guessed'), authenticator.code())).status).toBe(429);
      app.advance(5 * SECOND);
      const { status, text } = await typeTotp(await atStep('guessed'), authenticator.wrong(n));
      pause = Math.min(2 * pause, 60 * MINUTE);
      const wait = pause === MINUTE ? 'wait a minute' : `wait ${pause / MINUTE} minutes`;
      expect([status, text]).toEqual([422, expect.stringContaining(wait)]);
    }
    // Recovery codes have a count of their own.
    const visitor = await atStep('guessed');
    expect((await typeTotp(visitor, authenticator.code())).status).toBe(429);
    expect((await typeRecoveryCode(visitor, codes[0] ?? '')).location).toBe('/');
    app.advance(60 * MINUTE);
    expect((await typeTotp(await atStep('guessed'), authenticator.code())).location).toBe('/');
    expect(await app.user('guessed')).not.toHaveProperty('totp.guesses');
  });

  it('MF-02 are counted when a thousand come, twenty at once', async () => {
    const { app: authenticator } = await twoStepPerson(app, 'stormed');
    const visitors = await Promise.all(Array.from({ length: 20 }, () => atStep('stormed')));
    const statuses: number[] = [];
    const guess = async (visitor: Visitor, first: number) => {
      for (let n = first; n < first + 50; n++) {
        statuses.push((await typeTotp(visitor, authenticator.wrong(n))).status);
      }
    };
    await Promise.all(visitors.map((visitor, n) => guess(visitor, 50 * n)));
    expect(statuses).toHaveLength(1000);
    expect(statuses.filter((status) => status === 422)).toHaveLength(5);
    expect(await app.user('stormed')).toMatchObject({ totp: { guesses: { wrong: 5 } } });
  });
});

it('SE-13 a code opens after SESSION_SECRET was changed, and after the pepper has a newer one before it', async () => {
  const { app: authenticator } = await twoStepPerson(app, 'rotated');
  const other = await startApp({
    MONGODB_URI: database,
    SESSION_SECRET: 'zW8mZq3vTn5xYb7cJd9fGh2jLp4rSt6u',
    PASSWORD_PEPPER: 'Qc5vBn7mQw9eRt2yUi4oPa6sDf8gHj3k,Xc5vBn7mQw9eRt2yUi4oPa6sDf8gHj3k',
  });
  other.advance(app.now().getTime() - other.now().getTime());
  const visitor = other.visitor();
  await visitor.login('rotated');
  expect((await typeTotp(visitor, authenticator.code())).location).toBe('/');
  await other.nest.close();
});

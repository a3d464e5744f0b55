import { PasswordHasher } from '../../src/auth/passwords/password-hasher.js';
import { TooBusy } from '../../src/core/domain-error.js';
import { startApp, type TestApp } from '../support/app.js';
import { guessPassword } from '../support/guesses.js';
import { goThrough } from '../support/flows.js';
import { link, opens, someone, unlink } from '../support/identities.js';
import { mailedTo, typeLoginCode } from '../support/login-mail.js';
import { InterruptedHasher } from '../support/overrides.js';
import { logInByPasskey, optionsFor, passkeyHolder } from '../support/passkeys.js';
import { PASSWORD, type Answer } from '../support/visitor.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NEXT = 'four louder harbours';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ LOGIN_BY_MAIL: 'on' }, (testing) =>
    testing.overrideProvider(PasswordHasher).useClass(InterruptedHasher),
  );
});
afterAll(() => app.close());

const guess = (name: string, times: number) => guessPassword(app, name, times);

describe('one account', () => {
  it('BF-01, BF-04, BF-07 has one counter for all spellings, and the owner stays in', async () => {
    const owner = await app.person('guessed');
    const spellings = ['guessed', 'GUESSED', ' guessed ', 'ｇｕｅｓｓｅｄ', 'Guessed'];
    for (const name of spellings) {
      expect((await app.visitor().login(name, 'wrong password')).status).toBe(422);
    }
    const blocked = await app.visitor().login('guessED');
    expect(blocked.status).toBe(429);
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(blocked.text).toContain('You’ve tried too many times');
    expect(await owner.whoami()).toBe('guessed');
    await owner.logout();
    expect((await owner.login('guessed')).location).toBe('/');
  });

  it('BF-04 that strangers have blocked is open to its owner on a new device, by every way but the password', async () => {
    const { person: owner, own } = await passkeyHolder(app, 'shut-out');
    await app.verify('shut-out');
    const who = someone();
    await link(app, owner, 'google', who);
    expect(await guess('shut-out', 6)).toEqual([...Array<number>(5).fill(422), 429]);
    expect((await app.visitor().login('shut-out')).status).toBe(429);
    expect(await owner.whoami()).toBe('shut-out');
    const phone = app.visitor();
    expect((await logInByPasskey(phone, own.use(await optionsFor(phone)))).location).toBe('/');
    expect(await opens(app, who)).toBe('shut-out');
    const mailed = app.visitor();
    const { code } = await mailedTo(app, mailed, 'shut-out');
    expect((await typeLoginCode(mailed, code)).location).toBe('/');
    await mailed.submit('/recovery', { identifier: 'shut-out' });
    const text = (await app.mails('shut-out@example.com')).at(-1)?.text ?? '';
    const path = /\/recovery\/new-password\?token=\S+/.exec(text)?.[0] ?? '';
    const form = { newPassword: NEXT, newPasswordAgain: NEXT };
    const rescue = app.visitor();
    expect((await rescue.submit(path, form, '/recovery/new-password')).location).toBe('/');
    expect(await rescue.whoami()).toBe('shut-out');
  });

  it('BF-01, BF-07 is closed by guesses at its name and its address together, and opens again', async () => {
    await app.person('twofold');
    const names = ['twofold', 'Twofold@EXAMPLE.com', 'TWOFOLD', 'twofold@example.com', 'twofold'];
    for (const name of names) {
      expect((await app.visitor().login(name, 'wrong password')).status).toBe(422);
    }
    for (const name of ['twofold', 'twofold@example.com']) {
      const begin = app.log.length;
      const stranger = app.visitor();
      const { status, text } = await stranger.login(name);
      // No other answer than to a wrong password, or it would tell that somebody guessed at the other name.
      expect([status, await stranger.whoami()]).toEqual([422, null]);
      expect(text).toContain('We couldn’t find that combination');
      expect(app.log.slice(begin).join('')).toMatch(/login-failed.*reason=limit/);
    }
    app.advance(5 * MINUTE);
    expect((await app.visitor().login('twofold@example.com')).location).toBe('/');
  });

  it('EN-01 no block tells whether a name and an address are one account', async () => {
    await app.person('one-owner');
    await app.visitor().register('another-owner', { email: 'the-other@example.com' });
    await app.visitor().register('third-owner', { email: 'the-third@example.com' });
    const pairs = [
      ['one-owner', 'one-owner@example.com'],
      ['another-owner', 'the-third@example.com'],
      ['no-owner', 'no-owner@example.com'],
    ];
    const seen: number[][] = [];
    for (const pair of pairs) {
      const statuses: number[] = [];
      for (let round = 0; round < 7; round++) {
        for (const name of pair) {
          statuses.push((await app.visitor().login(name, 'wrong password')).status);
        }
      }
      seen.push(statuses);
    }
    const expected = [...Array<number>(10).fill(422), ...Array<number>(4).fill(429)];
    expect(seen).toEqual([expected, expected, expected]);
  });

  it('BF-02, BF-04 lets right passwords in that come at once, and counts none of them', async () => {
    await app.person('popular');
    const people = Array.from({ length: 40 }, () => app.visitor());
    const answers = await Promise.all(people.map((visitor) => visitor.login('popular')));
    expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(303));
    expect(await guess('popular', 6)).toEqual([...Array<number>(5).fill(422), 429]);
  });

  it('BF-07 that does not exist has one counter for all spellings as well', async () => {
    for (const name of [
      'nobody-here',
      'NOBODY-here',
      ' nobody-here',
      'ｎｏｂｏｄｙ-here',
      'Nobody-Here',
    ]) {
      expect((await app.visitor().login(name, 'wrong password')).status).toBe(422);
    }
    expect((await app.visitor().login('nobody-HERE', 'wrong password')).status).toBe(429);
  });

  it('BF-01 is closed from one address too, for the right password as for wrong ones', async () => {
    await app.person('hammered');
    const guesser = app.visitor();
    const answers: Answer[] = [];
    for (let count = 0; count < 29; count++)
      answers.push(await guesser.login('hammered', 'wrong password'));
    answers.push(await guesser.login('hammered'));
    expect(answers.map(({ status }) => status)).toEqual([
      ...Array(5).fill(422),
      ...Array(25).fill(429),
    ]);
    for (const { headers } of answers.slice(5)) {
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(await guesser.whoami()).toBeNull();
  });

  it('BF-02, BF-04 a hundred addresses at once have five guesses, the owner goes on, and it ends by itself', async () => {
    const owner = await app.person('besieged');
    const guessers = Array.from({ length: 100 }, () => app.visitor());
    const tokens = await Promise.all(guessers.map((guesser) => guesser.token('/login')));
    const answers = await Promise.all(
      guessers.map((guesser, index) =>
        guesser.send('POST', '/login', {
          body: { _csrf: tokens[index] ?? '', identifier: 'besieged', password: `guess ${index}` },
        }),
      ),
    );
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([...Array(5).fill(422), ...Array(95).fill(429)]);
    expect((await app.visitor().login('besieged')).status).toBe(429);
    expect(await owner.whoami()).toBe('besieged');
    await owner.logout();
    expect((await owner.login('besieged')).location).toBe('/');
    // The owner's login does not open the door to strangers either.
    expect((await app.visitor().login('besieged')).status).toBe(429);
    app.advance(5 * MINUTE);
    expect((await app.visitor().login('besieged')).location).toBe('/');
  });

  it('PW-06, BF-04 is not guessed at by tries that were turned away unlooked at', async () => {
    await app.person('crowded-out');
    const hasher = app.nest.get<InterruptedHasher>(PasswordHasher);
    hasher.before = () => Promise.reject(new TooBusy('The queue is full'));
    const hasty = app.visitor();
    const counters = () => app.db.collection('throttle').countDocuments();
    const before = await counters();
    for (let count = 0; count < 31; count++) {
      const answer = await hasty.login('crowded-out');
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10']);
    }
    expect((await hasty.login('crowded-out-nobody')).status).toBe(503);
    expect(await counters()).toBe(before);
    hasher.resume();
    expect((await hasty.login('crowded-out')).location).toBe('/');
  });

  it('BF-04 a mark of another account, or one that somebody made, makes no device known', async () => {
    await app.person('marked');
    const other = await app.person('marked-other');
    await guess('marked', 5);
    const forged = app.visitor();
    const own = other.cookies.get('test-devices') ?? '';
    for (const value of [own, `${own}~${own}`, own.replace(/^./, 'A'), `${own.slice(0, 20)}~`]) {
      forged.cookies.set('test-devices', value);
      expect((await forged.login('marked')).status).toBe(429);
    }
  });

  it('BF-04 a cookie of somebody’s own making has five marks that are looked at, whatever it holds', async () => {
    const device = await app.person('marked-sixth');
    const own = device.cookies.get('test-devices') ?? '';
    await device.logout();
    await guess('marked-sixth', 5);
    const [id = ''] = own.split('.');
    const made = (count: number) => Array(count).fill(own.replace(id, 'A'.repeat(16)));
    const behind = async (count: number) => {
      const visitor = app.visitor();
      visitor.cookies.set('test-devices', [...made(count), own].join('~'));
      return (await visitor.login('marked-sixth')).status;
    };
    expect(await behind(5)).toBe(429);
    expect(await behind(100)).toBe(429);
    expect(await behind(4)).toBe(303);
  });

  it('BF-04 a device from before a new password is a stranger, and the one that set it is not', async () => {
    await app.person('recovered');
    const thieves = Array.from({ length: 10 }, () => app.visitor());
    for (const thief of thieves) expect((await thief.login('recovered')).status).toBe(303);
    const owner = app.visitor();
    await owner.login('recovered');
    const next = 'four louder harbours';
    const change = { currentPassword: PASSWORD, newPassword: next, newPasswordAgain: next };
    expect((await owner.submit('/settings/password', change)).status).toBe(303);
    await guess('recovered', 5);
    for (const thief of thieves) expect((await thief.login('recovered')).status).toBe(429);
    await owner.logout();
    expect((await owner.login('recovered', next)).location).toBe('/');
  });

  it('BF-04 a mark made through a provider ends with its unlinking', async () => {
    const owner = await app.person('unlinker');
    const who = someone();
    await link(app, owner, 'google', who);
    const thief = app.visitor();
    expect((await goThrough(app.stub, thief, 'google', who)).location).toBe('/');
    await thief.logout();
    await guess('unlinker', 5);
    expect((await thief.login('unlinker', 'wrong password')).status).toBe(422);
    await unlink(owner, 'google');
    expect((await thief.login('unlinker', 'wrong password')).status).toBe(429);
    // Linking it again brings no old mark back, and the owner's own mark is of the password.
    await link(app, owner, 'google', who);
    expect((await thief.login('unlinker', 'wrong password')).status).toBe(429);
    await owner.logout();
    expect((await owner.login('unlinker')).location).toBe('/');
  });

  it('BF-04, BF-10 all known devices of an account have twenty guesses together, and a hundred in a row', async () => {
    await app.person('many-marks');
    const thieves = Array.from({ length: 5 }, () => app.visitor());
    const owner = app.visitor();
    for (const thief of [...thieves, owner]) {
      expect((await thief.login('many-marks')).status).toBe(303);
      await thief.logout();
    }
    for (let round = 0; round < 5; round++) {
      const statuses: number[] = [];
      for (const thief of thieves) {
        for (let count = 0; count < 5; count++) {
          statuses.push((await thief.login('many-marks', `wrong password ${count}`)).status);
        }
      }
      expect(statuses).toEqual([...Array<number>(20).fill(422), ...Array<number>(5).fill(429)]);
      if (round < 4) app.advance(5 * MINUTE);
    }
    const refused = await owner.login('many-marks');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(23 * 3600);
    // Strangers have a count of their own, and so does everybody after a day.
    expect((await app.visitor().login('many-marks')).location).toBe('/');
    app.advance(DAY);
    expect((await owner.login('many-marks')).location).toBe('/');
  });

  it('BF-04 a device is known for ninety days after its last login', async () => {
    const [seldom, gone] = [await app.person('seldom'), await app.person('gone-long')];
    app.advance(89 * DAY);
    expect((await seldom.login('seldom')).location).toBe('/');
    app.advance(2 * DAY);
    await guess('seldom', 5);
    await guess('gone-long', 5);
    expect((await seldom.login('seldom')).location).toBe('/');
    expect((await gone.login('gone-long')).status).toBe(429);
  });

  it('BF-10, BF-04 the day of refusal begins with the hundredth guess, is told, and is over when it said', async () => {
    await app.person('bombed');
    for (let round = 0; round < 20; round++) {
      app.advance(5 * MINUTE);
      await guess('bombed', 5);
    }
    for (let count = 0; count < 7; count++) {
      const refused = await app.visitor().login('bombed');
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(23 * 3600);
    }
    app.advance(DAY);
    expect((await app.visitor().login('bombed')).location).toBe('/');
  });

  it('BF-10 after a hundred slow guesses strangers are refused for a day, known devices are not', async () => {
    const owner = await app.person('slowly');
    // These are not of the row: a login takes them away.
    expect(await guess('slowly', 4)).toEqual(Array(4).fill(422));
    expect((await app.visitor().login('slowly')).location).toBe('/');
    for (let round = 0; round < 20; round++) {
      expect(await guess('slowly', 5)).toEqual(Array(5).fill(422));
      app.advance(5 * MINUTE);
    }
    const refused = await app.visitor().login('slowly');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(23 * 3600);
    app.advance(DAY - 10 * MINUTE);
    expect((await app.visitor().login('slowly')).status).toBe(429);
    await owner.logout();
    expect((await owner.login('slowly')).location).toBe('/');
    app.advance(11 * MINUTE);
    expect((await app.visitor().login('slowly')).location).toBe('/');
  });
});

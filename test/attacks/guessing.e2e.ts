import { PasswordHasher } from '../../src/auth/passwords/password-hasher.js';
import { TooBusy } from '../../src/core/domain-error.js';
import { startApp, type TestApp } from '../support/app.js';
import { InterruptedHasher } from '../support/stand-ins.js';
import { PASSWORD, type Answer } from '../support/visitor.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let app: TestApp;
beforeAll(async () => {
  app = await startApp({}, (testing) =>
    testing.overrideProvider(PasswordHasher).useClass(InterruptedHasher),
  );
});
afterAll(() => app.close());

/** Guesses from addresses that nobody else has. */
async function guess(name: string, times: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let count = 0; count < times; count++) {
    statuses.push((await app.visitor().login(name, `wrong password ${count}`)).status);
  }
  return statuses;
}

describe('whether an account exists', () => {
  /** An answer without what differs by chance. */
  function masked({ status, location, headers, html }: Answer, name: string) {
    const hidden = (text: string) =>
      text
        .replaceAll(name, 'NAME')
        .replace(/value="[0-9a-f]{64}"/g, 'TOKEN')
        .replace(/[0-9a-f-]{36}/g, 'ID')
        .replace(/test-session=[^;]*/, 'SESSION');
    const shown = [...headers].filter(([key]) => !['date', 'etag'].includes(key));
    return {
      status,
      location,
      headers: shown.map(([key, value]) => [key, hidden(value)]),
      html: hidden(html),
    };
  }

  async function everyKind(): Promise<string[]> {
    await app.person('knd-proved');
    await app.db
      .collection('users')
      .updateOne({ username: 'knd-proved' }, { $set: { emailVerifiedAt: new Date() } });
    await app.person('knd-unprovd');
    const gone = await app.person('knd-deletd');
    await gone.deleteAccount();
    await app.db.collection('users').insertOne({
      username: 'knd-noword',
      usernameCanonical: 'knd-noword',
      identities: [{ provider: 'google', key: 'stub:google 7', linkedAt: new Date() }],
      revision: 0,
      sessionEpoch: 0,
      createdAt: new Date(),
    });
    return ['knd-proved', 'knd-unprovd', 'knd-deletd', 'knd-noword'];
  }

  it('EN-01, PW-12 no answer tells it: not of a wrong password, not of a block', async () => {
    const kinds = await everyKind();
    const absent = 'knd-absent';
    for (let round = 0; round < 7; round++) {
      const expected = masked(await app.visitor().login(absent, 'wrong password'), absent);
      expect(expected.status).toBe(round < 5 ? 422 : 429);
      for (const name of kinds) {
        const answer = masked(await app.visitor().login(name, 'wrong password'), name);
        expect(answer).toEqual({
          ...expected,
          // The length of the name itself.
          headers: expected.headers.map(([key, value]) =>
            key === 'content-length' || key === 'retry-after'
              ? [key, expect.any(String)]
              : [key, value],
          ),
        });
      }
    }
    await app.wait(5 * MINUTE);
    expect((await app.visitor().login('knd-proved')).location).toBe('/');
    for (const password of [' ', 'null', 'undefined', '0', '$2b$']) {
      expect((await app.visitor().login('knd-noword', password)).status).toBe(422);
    }
  });

  it('EN-01 a password that is too long for anybody is an ordinary wrong one', async () => {
    await app.person('longish');
    for (const name of ['longish', 'longest']) {
      const answer = await app.visitor().login(name, 'x'.repeat(300));
      expect(answer.status).toBe(422);
      expect(answer.text).toContain('We couldn’t find that combination');
    }
  });
});

describe('one account', () => {
  it('BF-01, BF-04, BF-07 has one counter for all spellings, and the owner stays in', async () => {
    const owner = await app.person('guessed');
    const spellings = ['guessed', 'GUESSED', ' guessed ', 'ｇｕｅｓｓｅｄ', 'guessed@example.com'];
    for (const name of spellings) {
      expect((await app.visitor().login(name, 'wrong password')).status).toBe(422);
    }
    const blocked = await app.visitor().login('Guessed@EXAMPLE.com');
    expect(blocked.status).toBe(429);
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(blocked.text).toContain('You’ve tried too often');
    expect(await owner.whoami()).toBe('guessed');
    await owner.logout();
    expect((await owner.login('guessed')).location).toBe('/');
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
    await app.wait(5 * MINUTE);
    expect((await app.visitor().login('besieged')).location).toBe('/');
  });

  it('PW-06, BF-04 is not guessed at by tries that were turned away unlooked at', async () => {
    await app.person('crowded-out');
    const hasher = app.nest.get<InterruptedHasher>(PasswordHasher);
    hasher.before = () => Promise.reject(new TooBusy());
    const hasty = app.visitor();
    for (let count = 0; count < 31; count++) {
      const answer = await hasty.login('crowded-out');
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10']);
    }
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

  it('BF-04 devices from before a new password have one counter together, and the others their own', async () => {
    await app.person('recovered');
    const thieves = Array.from({ length: 10 }, () => app.visitor());
    for (const thief of thieves) expect((await thief.login('recovered')).status).toBe(303);
    const owner = app.visitor();
    await owner.login('recovered');
    const next = 'four louder harbours';
    const change = { currentPassword: PASSWORD, newPassword: next, newPasswordAgain: next };
    expect((await owner.submit('/settings/password', change)).status).toBe(303);
    await guess('recovered', 5);
    const statuses: number[] = [];
    for (const thief of thieves) statuses.push((await thief.login('recovered')).status);
    expect(statuses).toEqual([...Array(5).fill(422), ...Array(5).fill(429)]);
    await owner.logout();
    expect((await owner.login('recovered', next)).location).toBe('/');
  });

  it('BF-04 a device is known for ninety days after its last login', async () => {
    const [seldom, gone] = [await app.person('seldom'), await app.person('gone-long')];
    await app.wait(89 * DAY);
    expect((await seldom.login('seldom')).location).toBe('/');
    await app.wait(2 * DAY);
    await guess('seldom', 5);
    await guess('gone-long', 5);
    expect((await seldom.login('seldom')).location).toBe('/');
    expect((await gone.login('gone-long')).status).toBe(429);
  });

  it('BF-10, BF-04 the day of refusal begins with the hundredth guess, is told, and is over when it said', async () => {
    await app.person('bombed');
    for (let round = 0; round < 20; round++) {
      await app.wait(5 * MINUTE);
      await guess('bombed', 5);
    }
    for (let count = 0; count < 7; count++) {
      const refused = await app.visitor().login('bombed');
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(23 * 3600);
    }
    await app.wait(DAY);
    expect((await app.visitor().login('bombed')).location).toBe('/');
  });

  it('BF-10 after a hundred slow guesses strangers are refused for a day, known devices are not', async () => {
    const owner = await app.person('slowly');
    // These are not of the row: a login takes them away.
    expect(await guess('slowly', 4)).toEqual(Array(4).fill(422));
    expect((await app.visitor().login('slowly')).location).toBe('/');
    for (let round = 0; round < 20; round++) {
      expect(await guess('slowly', 5)).toEqual(Array(5).fill(422));
      await app.wait(5 * MINUTE);
    }
    const refused = await app.visitor().login('slowly');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(23 * 3600);
    await app.wait(DAY - 10 * MINUTE);
    expect((await app.visitor().login('slowly')).status).toBe(429);
    await owner.logout();
    expect((await owner.login('slowly')).location).toBe('/');
    await app.wait(11 * MINUTE);
    expect((await app.visitor().login('slowly')).location).toBe('/');
  });
});

describe('the other doors that take a password', () => {
  const doors: [string, string, Record<string, string>][] = [
    [
      'password',
      '/settings/password',
      { newPassword: 'four louder harbours', newPasswordAgain: 'four louder harbours' },
    ],
    ['email', '/settings/email', { email: 'thief@example.com' }],
    ['delete', '/settings/delete', { confirmation: 'robbed-delete' }],
  ];

  it.each(doors)(
    'BF-09 %s: a stolen session has five guesses, each is logged',
    async (door, path, fields) => {
      const name = `robbed-${door}`;
      const owner = await app.person(name);
      const [user] = await app
        .users()
        .then((all) => all.filter(({ username }) => username === name));
      const thief = app.visitor();
      thief.cookies.set('test-session', owner.cookies.get('test-session') ?? '');
      const before = app.log.length;
      const _csrf = await thief.token(path);
      const statuses: number[] = [];
      for (let count = 0; count < 100; count++) {
        const body = { _csrf, currentPassword: `wrong password ${count}`, ...fields };
        statuses.push((await thief.send('POST', path, { body })).status);
      }
      // The address has a limit of its own as well; either way it is refused.
      expect(statuses).toEqual([...Array(5).fill(422), ...Array(95).fill(429)]);
      const right = { _csrf, currentPassword: PASSWORD, ...fields };
      expect((await thief.send('POST', path, { body: right })).status).toBe(429);
      const lines = app.log
        .slice(before)
        .filter((line) => line.includes('reauthentication-failed'));
      // Changes of an address have a limit of 60, which refuses the rest before they are guesses.
      expect(lines).toHaveLength(door === 'email' ? 60 : 101);
      for (const line of lines) {
        expect(line).toContain(`userId=${String(user?.['_id'])}`);
        expect(line).toContain(`step=${path}`);
        expect(line).toContain('result=failure');
      }
      expect(await app.users()).toContainEqual(user);
      // The same password from the owner's own device is looked at.
      expect((await owner.submit(path, { currentPassword: PASSWORD, ...fields })).status).toBe(303);
    },
  );

  it('BF-09 they and the login have one count together', async () => {
    const visitor = await app.person('doors');
    const statuses: number[] = [];
    for (const path of ['/settings/delete', '/settings/email', '/settings/password']) {
      for (let count = 0; count < 2; count++) {
        const answer = await visitor.submit(path, {
          confirmation: 'doors',
          currentPassword: `wrong password ${count}`,
          email: 'doors2@example.com',
          newPassword: 'four louder harbours',
          newPasswordAgain: 'four louder harbours',
        });
        statuses.push(answer.status);
      }
    }
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429]);
    const stranger = await app.person('doors-two');
    stranger.cookies.delete('test-devices');
    for (let count = 0; count < 3; count++) {
      await stranger.deleteAccount({ currentPassword: 'wrong password' });
    }
    expect(await guess('doors-two', 3)).toEqual([422, 422, 429]);
  });
});

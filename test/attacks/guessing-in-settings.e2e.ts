import { startApp, type TestApp } from '../support/app.js';
import { twoStepPerson, typeTotp } from '../support/authenticator.js';
import { guessPassword } from '../support/guesses.js';
import { PASSWORD } from '../support/visitor.js';

const MINUTE = 60_000;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const guess = (name: string, times: number) => guessPassword(app, name, times);

describe('the other doors that take a password', () => {
  // With what the right password of the owner's own device comes to.
  const doors: [string, string, Record<string, string>, number][] = [
    [
      'password',
      '/settings/password',
      { newPassword: 'four louder harbours', newPasswordAgain: 'four louder harbours' },
      303,
    ],
    ['confirm', '/settings/confirm', {}, 303],
    ['delete', '/settings/delete', { confirmation: 'robbed-delete' }, 303],
    ['app', '/settings/security/authenticator', { totp: '123456' }, 422],
  ];

  it.each(doors)(
    'BF-09 %s: a stolen session has five guesses, each is logged',
    async (door, path, fields, right) => {
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
      const typed = { _csrf, currentPassword: PASSWORD, ...fields };
      expect((await thief.send('POST', path, { body: typed })).status).toBe(429);
      const lines = app.log
        .slice(before)
        .filter((line) => line.includes('reauthentication-failed'));
      expect(lines).toHaveLength(101);
      for (const line of lines) {
        expect(line).toContain(`userId=${String(user?.['_id'])}`);
        expect(line).toContain(`step=${path}`);
        expect(line).toContain('result=failure');
      }
      expect(await app.users()).toContainEqual(user);
      // The same password from the owner's own device is looked at.
      const { status } = await owner.submit(path, { currentPassword: PASSWORD, ...fields });
      expect(status).toBe(right);
    },
  );

  it('BF-09 a stolen session that has confirmed the password guesses five codes of the app, and then none is looked at', async () => {
    const { visitor: owner, app: authenticator } = await twoStepPerson(app, 'robbed-step');
    app.advance(16 * MINUTE);
    const thief = owner.copy();
    await thief.submit('/settings/confirm', { currentPassword: PASSWORD });
    const page = '/settings/confirm/second-step/authenticator';
    const statuses: number[] = [];
    const begin = app.log.length;
    for (let n = 0; n < 100; n++) {
      statuses.push((await thief.submit(page, { totp: authenticator.wrong(n) })).status);
    }
    expect(statuses).toEqual([...Array<number>(5).fill(422), ...Array<number>(95).fill(429)]);
    expect((await thief.submit(page, { totp: authenticator.code() })).status).toBe(429);
    const lines = app.log.slice(begin).filter((line) => line.includes('second-step-failed'));
    expect(lines).toHaveLength(101);
    // Whoever logs in has the same count.
    const visitor = app.visitor();
    await visitor.login('robbed-step');
    expect((await typeTotp(visitor, authenticator.code())).status).toBe(429);
  });

  it('BF-09 they and the login have one count together', async () => {
    const visitor = await app.person('doors');
    const statuses: number[] = [];
    for (const path of ['/settings/delete', '/settings/confirm', '/settings/password']) {
      for (let count = 0; count < 2; count++) {
        const answer = await visitor.submit(path, {
          confirmation: 'doors',
          currentPassword: `wrong password ${count}`,
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
    expect(await guess('doors-two', 2)).toEqual([422, 422]);
    expect((await app.visitor().login('doors-two')).status).toBe(422);
    const last = { currentPassword: 'wrong password' };
    expect((await stranger.deleteAccount(last)).status).toBe(429);
    app.advance(5 * MINUTE);
    expect((await app.visitor().login('doors-two')).location).toBe('/');
  });
});

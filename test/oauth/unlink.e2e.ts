import { IdentitiesService } from '../../src/oauth/accounts/identities.service.js';
import { UsersService } from '../../src/users/users.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { setUp } from '../support/authenticator.js';
import { IDENTITIES, comingBy, link, linksOf, someone, unlink } from '../support/identities.js';
import { goThrough, reauthenticate } from '../support/flows.js';
import { until } from '../support/wait-until.js';
import { PASSWORD } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
  await app.person('has-password');
});
afterAll(() => app.close());

describe('the last way in', () => {
  it('LK-06, S100 stays, and the page says why and what to do', async () => {
    const { visitor, username } = await comingBy(app, 'google');
    const page = await visitor.get(IDENTITIES);
    expect(page.html).toMatch(/aria-describedby="google-state" disabled>Disconnect/);
    expect(page.text).toContain(
      'This is the only way to log in to your account. Set a password or connect another',
    );
    expect((await unlink(visitor, 'google')).location).toBe(IDENTITIES);
    expect((await visitor.get(IDENTITIES)).text).toContain('Google is the only way to log in');
    expect(await linksOf(app, username)).toEqual(['google']);
    expect(await visitor.whoami()).toBe(username);
  });

  it.each([null, '', '!', '!$2b$locked'])(
    'LK-06 stays when the stored password is %j, which opens nothing',
    async (passwordHash) => {
      const { visitor, username } = await comingBy(app, 'google');
      await app.db.collection('users').updateOne({ username }, { $set: { passwordHash } });
      await unlink(visitor, 'google');
      expect(await linksOf(app, username)).toEqual(['google']);
      const { passwordHash: real } = (await app.user('has-password')) ?? {};
      await app.db.collection('users').updateOne({ username }, { $set: { passwordHash: real } });
      await unlink(visitor, 'google');
      expect(await linksOf(app, username)).toEqual([]);
    },
  );

  it('LK-06 stays when there is an authenticator app beside it, which opens nothing alone', async () => {
    const { visitor, who, username } = await comingBy(app, 'google');
    await reauthenticate(app.stub, visitor, 'google', who);
    const { codes } = await setUp(app, visitor);
    expect(codes).toHaveLength(10);
    const page = await visitor.get(IDENTITIES);
    expect(page.text).toContain('This is the only way to log in');
    expect((await unlink(visitor, 'google')).location).toBe(IDENTITIES);
    expect((await visitor.get(IDENTITIES)).text).toContain('Google is the only way to log in');
    expect(await linksOf(app, username)).toEqual(['google']);
    // With a second way in it goes, and the app stays.
    await link(app, visitor, 'github', someone());
    await unlink(visitor, 'google');
    expect(await linksOf(app, username)).toEqual(['github']);
    expect(await app.user(username)).toHaveProperty('totp');
  });

  it('LK-06 is left by two that are unlinked at once', async () => {
    const { visitor, username } = await comingBy(app, 'google', 'github');
    const _csrf = await visitor.token(IDENTITIES);
    const answers = await Promise.all(
      ['google', 'github'].map((provider) =>
        visitor.copy().send('POST', `${IDENTITIES}/${provider}/unlink`, { body: { _csrf } }),
      ),
    );
    // The second may find its session ended, or the account changed, by the first.
    expect(answers.map(({ status }) => status)).toContain(303);
    expect(answers.every(({ status }) => [303, 403].includes(status))).toBe(true);
    expect(await linksOf(app, username)).toHaveLength(1);
  });

  it('LK-06 is left by 1,000 tries of two different unlinks at once', async () => {
    const { username } = await comingBy(app, 'google', 'github');
    const service = app.nest.get(IdentitiesService, { strict: false });
    const users = app.nest.get(UsersService, { strict: false });
    let done = 0;
    // Once as the account is, and once as the first unlink has left it.
    for (const wave of [1, 2]) {
      const [user] = await users.findByLogin(username);
      if (!user) throw new Error('Nobody is called so');
      const outcomes = await Promise.allSettled(
        Array.from({ length: 500 }, (_, n) =>
          service.unlink(user, n % 2 ? 'google' : 'github', {}),
        ),
      );
      done += outcomes.filter((each) => each.status === 'fulfilled' && each.value).length;
      expect([wave, done]).toEqual([wave, 1]);
    }
    expect(await linksOf(app, username)).toHaveLength(1);
  });
});

describe('unlinking', () => {
  it('S98, S102 says so, leaves the other ways, ends other sessions and the identity opens nothing', async () => {
    const { visitor, who, username } = await comingBy(app, 'google', 'github');
    expect((await visitor.get(IDENTITIES)).text).toMatch(
      /Without it, you can still log in with: ?GitHub ?\./,
    );
    const other = app.visitor();
    await goThrough(app.stub, other, 'google', who);
    expect(await other.whoami()).toBe(username);
    const thief = visitor.copy();
    expect((await unlink(visitor, 'google')).location).toBe(IDENTITIES);
    expect((await visitor.get(IDENTITIES)).text).toContain('Google is disconnected.');
    expect(await visitor.whoami()).toBe(username);
    expect([await other.whoami(), await thief.whoami()]).toEqual([null, null]);
    const stranger = app.visitor();
    await goThrough(app.stub, stranger, 'google', who);
    expect(await stranger.whoami()).not.toBe(username);
  });

  it('S102 is possible with a password and a user name alone', async () => {
    const { visitor, who, username } = await comingBy(app, 'google');
    await reauthenticate(app.stub, visitor, 'google', who);
    const body = { newPassword: PASSWORD, newPasswordAgain: PASSWORD };
    expect((await visitor.submit('/settings/password', body)).status).toBe(303);
    await unlink(visitor, 'google');
    expect(await linksOf(app, username)).toEqual([]);
    const again = app.visitor();
    await again.login(username);
    expect(await again.whoami()).toBe(username);
  });

  it('S101 says that nothing was connected, of what was not', async () => {
    const { visitor, username } = await comingBy(app, 'google', 'github');
    await unlink(visitor, 'facebook');
    const page = await visitor.get(IDENTITIES);
    expect(page.text).toContain('Facebook wasn’t connected.');
    expect(await linksOf(app, username)).toEqual(['google', 'github']);
    expect(await visitor.whoami()).toBe(username);
  });

  it.each(['nobody', 'Google', '__proto__', 'constructor', 'google%00', 'google%2F..', '$ne'])(
    'LK-07, IN-03 is "not found" for %s',
    async (provider) => {
      const { visitor, username } = await comingBy(app, 'google', 'github');
      expect((await unlink(visitor, provider)).status).toBe(404);
      expect(await linksOf(app, username)).toEqual(['google', 'github']);
    },
  );

  it('LK-07 is of one’s own identities alone, whatever the form names', async () => {
    const victim = await comingBy(app, 'google', 'github');
    const other = await comingBy(app, 'google', 'github');
    const body = { _csrf: await other.visitor.token(IDENTITIES), userId: victim.username, id: 'x' };
    await other.visitor.send('POST', `${IDENTITIES}/google/unlink`, { body });
    expect(await linksOf(app, victim.username)).toEqual(['google', 'github']);
    expect(await linksOf(app, other.username)).toEqual(['github']);
  });

  it('S97 asks a stranger to log in', async () => {
    const visitor = app.visitor();
    const body = { _csrf: await visitor.token('/login') };
    const answer = await visitor.send('POST', `${IDENTITIES}/google/unlink`, { body });
    expect(answer.location).toBe('/login?next=%2Fsettings%2Fidentities');
  });
});

describe('the grant at the provider', () => {
  const PROVIDERS = ['google', 'github', 'facebook', 'gitlab'];

  it.each(PROVIDERS)('is taken back when %s is unlinked', async (provider) => {
    const { visitor, who } = await comingBy(
      app,
      provider,
      provider === 'google' ? 'github' : 'google',
    );
    await unlink(visitor, provider);
    await until(() => app.stub.revoked.includes(`${provider}:${who.subject}`));
  });

  it('is taken back for every link of a deleted account', async () => {
    const { visitor, who } = await comingBy(app, 'google', 'github', 'facebook', 'gitlab');
    await reauthenticate(app.stub, visitor, 'google', who);
    expect((await visitor.deleteAccount({})).location).toBe('/');
    const all = PROVIDERS.map((provider) => `${provider}:${who.subject}`);
    await until(() => all.every((each) => app.stub.revoked.includes(each)));
  });

  it.each(['breaks', 'hangs', 'redirects', 'hangs-up'] as const)(
    'holds nobody up when its end %s; the log has a line, without the token',
    async (does) => {
      const visitor = app.visitor();
      const who = someone({ behaviour: { at: 'revocation', does } });
      await goThrough(app.stub, visitor, 'github', who);
      await link(app, visitor, 'google', someone());
      const username = (await visitor.whoami()) ?? '';
      const before = app.log.length;
      expect((await unlink(visitor, 'github')).location).toBe(IDENTITIES);
      const lines = () => app.log.slice(before).filter((line) => line.includes('token-revoked'));
      // The answer does not wait for the provider's.
      if (does === 'hangs') expect(lines()).toEqual([]);
      expect(await linksOf(app, username)).toEqual(['google']);
      await until(() => lines().length > 0);
      expect(lines()[0]).toContain('failure');
      expect(lines().join('')).not.toMatch(/stub-access|stub-secret/);
      expect(app.stub.requests.map(({ endpoint }) => endpoint)).not.toContain('trap');
    },
  );
});

import { UserRepository } from '../../src/users/user.repository.js';
import { startApp, type TestApp } from '../support/app.js';
import { InterruptedUserRepository } from '../support/overrides.js';
import { comesWith, holderOf, keyAt, link, opens } from '../support/identities.js';
import { until } from '../support/wait-until.js';
import { goThrough } from '../support/flows.js';
import { type Visitor } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({}, (testing) =>
    testing.overrideProvider(UserRepository).useClass(InterruptedUserRepository),
  );
});
afterAll(() => app.close());

const cancel = (visitor: Visitor) => visitor.submit('/pending-link', {}, '/pending-link/cancel');
const holders = async (email: string) =>
  (await app.users()).filter((user) => user['email'] === email);

describe('an address that the provider vouches for and that accounts here only claim', () => {
  it('LK-10, LK-01 goes to a new account and nothing else with it, and the old one is told until it has dealt with it', async () => {
    const squatter = await app.person('squatter');
    await link(app, squatter, 'github', { subject: '881', email: null });
    const old = await app.user('squatter');
    const who = holderOf('squatter@example.com');
    const visitor = app.visitor();
    expect((await goThrough(app.stub, visitor, 'google', who)).location).toBe('/');
    const username = (await visitor.whoami()) ?? '';
    expect(username).not.toBe('squatter');
    const fresh = await app.user(username);
    expect(fresh).toMatchObject({
      email: 'squatter@example.com',
      emailVerifiedAt: expect.any(Date),
    });
    expect(fresh?.['identities']).toMatchObject([{ key: keyAt('google', who) }]);
    expect(fresh).not.toHaveProperty('passwordHash');
    const { email: _e, emailClaim: _c, emailSince: _s, ...rest } = old ?? {};
    expect(await app.user('squatter')).toEqual({
      ...rest,
      emailMovedAt: expect.any(Date),
      revision: expect.any(Number),
    });

    // The password of the old account opens it by its name, and no longer by the address.
    const returns = app.visitor();
    await returns.login('squatter@example.com');
    expect(await returns.whoami()).toBeNull();
    await returns.login('squatter');
    expect((await returns.get('/')).text).toContain('We removed your email address from this');
    // Another login does not put it away; dealing with it does.
    await returns.logout();
    await returns.login('squatter');
    expect((await returns.get('/')).text).toContain('We removed your email address');
    expect((await returns.submit('/settings/email', {}, '/settings/email/moved')).status).toBe(303);
    expect((await returns.get('/')).text).not.toContain('We removed your email address');
    expect(await opens(app, { subject: '881' })).not.toBe(username);
  });

  it('is taken from each of several claims', async () => {
    const email = 'many@example.com';
    for (const name of ['many-1', 'many-2', 'many-3']) {
      expect((await app.visitor().register(name, { email })).status).toBe(303);
    }
    const name = await opens(app, holderOf(email));
    expect((await holders(email)).map(({ username }) => username)).toEqual([name]);
    for (const each of ['many-1', 'many-2', 'many-3']) {
      expect(await app.user(each)).toHaveProperty('emailMovedAt', expect.any(Date));
    }
  });

  it('is one account’s alone of two people who come with it at once', async () => {
    const email = 'double@example.com';
    await app.person('double');
    const people = [holderOf(email), holderOf(email)];
    await Promise.all(people.map((who) => goThrough(app.stub, app.visitor(), 'google', who)));
    const [owner, ...others] = await holders(email);
    expect(others).toEqual([]);
    const names = await Promise.all(people.map((who) => opens(app, who)));
    expect(names.filter((name) => name !== null)).toEqual([owner?.['username']]);
  });

  it('is nobody’s new one after a crash before the account was made', async () => {
    const email = 'crashed@example.com';
    const old = await app.person('crashed');
    const who = holderOf(email);
    const users = app.nest.get<InterruptedUserRepository>(UserRepository, { strict: false });
    users.before = () => Promise.reject(new Error('the power is off'));
    expect((await goThrough(app.stub, app.visitor(), 'google', who)).status).toBe(500);
    users.resume();
    expect(await old.whoami()).toBe('crashed');
    expect(await holders(email)).toMatchObject([{ username: 'crashed' }]);
    expect((await holders(email))[0]).not.toHaveProperty('emailVerifiedAt');
    expect(await opens(app, who)).not.toBe('crashed');
    expect(await holders(email)).not.toMatchObject([{ username: 'crashed' }]);
  });
});

describe('a pending link', () => {
  it('is over when the owner has another address by now: who starts again gets a new account', async () => {
    const owner = await app.owner('mover');
    const { visitor, who } = await comesWith(app, 'mover@example.com');
    const email = 'moved@example.com';
    expect((await owner.submit('/settings/email', { email })).status).toBe(303);
    await app.verify('mover', email);
    expect((await visitor.get('/pending-link')).location).toBe('/login');
    expect((await visitor.get('/login')).text).toContain('Start again');
    const name = (await opens(app, who)) ?? '';
    expect(await app.user(name)).toHaveProperty('email', 'mover@example.com');
    expect(await app.user('mover')).toHaveProperty('email', 'moved@example.com');
    expect(await app.user('mover')).not.toHaveProperty('emailMovedAt');
  });

  it('RC-12 is over when the owner was deleted: who starts again gets a new account', async () => {
    const owner = await app.owner('leaver');
    const { visitor, who } = await comesWith(app, 'leaver@example.com');
    await owner.deleteAccount();
    expect((await visitor.get('/pending-link')).location).toBe('/login');
    expect(await opens(app, who)).not.toBeNull();
    expect(await app.user('leaver')).toBeNull();
  });

  it('can be left by "cancel", which ends the grant, and is nothing to whoever never waited', async () => {
    await app.owner('cancels');
    const { visitor, who } = await comesWith(app, 'cancels@example.com');
    expect((await cancel(visitor)).location).toBe('/login');
    expect((await visitor.get('/pending-link')).location).toBe('/login');
    await until(() => app.stub.revoked.includes(`google:${who.subject}`));
    const stranger = app.visitor();
    const body = { _csrf: await stranger.token('/login') };
    expect((await stranger.send('POST', '/pending-link', { body })).location).toMatch(
      /^\/login\?next/,
    );
  });

  it('keeps the grant at "cancel" when the identity got into use in another browser', async () => {
    await app.owner('in-use');
    const { visitor, who } = await comesWith(app, 'in-use@example.com');
    const elsewhere = await comesWith(app, 'in-use@example.com', who);
    await elsewhere.visitor.login('in-use');
    await elsewhere.visitor.submit('/pending-link', {});
    await cancel(visitor);
    // One that does end begins later and is seen.
    await app.owner('not-in-use');
    const later = await comesWith(app, 'not-in-use@example.com');
    await cancel(later.visitor);
    await until(() => app.stub.revoked.includes(`google:${later.who.subject}`));
    expect(app.stub.revoked).not.toContain(`google:${who.subject}`);
  });
});

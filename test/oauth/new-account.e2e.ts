import { UserRepository } from '../../src/users/user.repository.js';
import { startApp, type TestApp } from '../support/app.js';
import { InterruptedUserRepository } from '../support/overrides.js';
import { comesWith, keyAt, opens } from '../support/identities.js';
import { until } from '../support/wait-until.js';
import { goThrough } from '../support/flows.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({}, (testing) =>
    testing.overrideProvider(UserRepository).useClass(InterruptedUserRepository),
  );
});
afterAll(() => app.close());

const cancel = (visitor: Visitor) => visitor.submit('/pending-link', {}, '/pending-link/cancel');
const makeNew = (visitor: Visitor) => visitor.submit('/pending-link', {}, '/pending-link/new');

describe('"This is not my account, make a new one"', () => {
  it('LK-10, LK-01 moves the unproved address and nothing else, and the old account is told until it has dealt with it', async () => {
    const squatter = await app.person('squatter');
    await goThrough(
      app.stub,
      squatter,
      'github',
      { subject: '881', email: null },
      {
        page: '/settings/identities',
        step: '/link',
      },
    );
    const old = await app.user('squatter');
    const { visitor, who } = await comesWith(app, 'squatter@example.com');
    expect((await visitor.get('/pending-link')).text).toContain('Not your account?');
    expect((await makeNew(visitor)).location).toBe('/');
    const username = (await visitor.whoami()) ?? '';
    expect(username).not.toBe('squatter');
    const fresh = await app.user(username);
    expect(fresh).toMatchObject({
      email: 'squatter@example.com',
      emailVerifiedAt: expect.any(Date),
    });
    expect(fresh?.['identities']).toMatchObject([{ key: keyAt('google', who) }]);
    expect(fresh).not.toHaveProperty('passwordHash');
    const { email: _email, emailCanonical: _canonical, ...rest } = old ?? {};
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

  it('LK-01 moves no address that was proved meanwhile', async () => {
    const owner = await app.person('meanwhile');
    const { visitor } = await comesWith(app, 'meanwhile@example.com');
    await goThrough(
      app.stub,
      owner,
      'gitlab',
      { subject: 'meanwhile', email: 'meanwhile@example.com' },
      { page: '/settings/identities', step: '/link' },
    );
    expect(await app.user('meanwhile')).toHaveProperty('emailVerifiedAt');
    const answer = await visitor.send('POST', '/pending-link/new', {
      body: { _csrf: await visitor.token('/pending-link') },
    });
    expect(answer.location).toBe('/pending-link');
    expect((await visitor.get('/pending-link')).text).not.toContain('Not your account?');
    expect(await visitor.whoami()).toBeNull();
    expect(await app.user('meanwhile')).toHaveProperty('email', 'meanwhile@example.com');
  });

  it('makes one account of two presses at once, and takes nothing from a third', async () => {
    await app.person('double');
    const { visitor, who } = await comesWith(app, 'double@example.com');
    const body = { _csrf: await visitor.token('/pending-link') };
    const tabs = [visitor.copy(), visitor.copy()];
    await Promise.all(tabs.map((tab) => tab.send('POST', '/pending-link/new', { body })));
    const holders = (await app.users()).filter(({ email }) => email === 'double@example.com');
    expect(holders).toHaveLength(1);
    expect(holders[0]?.['username']).toBe(await opens(app, who));
    const names = (await Promise.all(tabs.map((tab) => tab.whoami()))).filter(Boolean);
    expect(new Set(names)).toEqual(new Set([holders[0]?.['username']]));
  });

  it('is valid after a crash between the two writes: the next login finishes it', async () => {
    const old = await app.person('crashed');
    const { visitor, who } = await comesWith(app, 'crashed@example.com');
    const users = app.nest.get<InterruptedUserRepository>(UserRepository, { strict: false });
    users.before = () => Promise.reject(new Error('the power is off'));
    expect((await makeNew(visitor)).status).toBe(500);
    users.resume();
    expect(await old.whoami()).toBe('crashed');
    expect(await app.user('crashed')).toHaveProperty('emailMovedAt', expect.any(Date));
    expect((await app.users()).filter(({ email }) => email === 'crashed@example.com')).toEqual([]);
    // The link is spent: the person comes by the provider again.
    expect((await visitor.get('/pending-link')).location).toBe('/login');
    const name = await opens(app, who);
    expect(await app.user(name ?? '')).toHaveProperty('email', 'crashed@example.com');
    // The browser that was in the middle of it comes to the same account.
    await goThrough(app.stub, visitor, 'google', who);
    expect(await visitor.whoami()).toBe(name);
  });

  it('leaves both accounts whole when the address of the old one was changed meanwhile', async () => {
    const owner = await app.person('mover');
    const { visitor, who } = await comesWith(app, 'mover@example.com');
    const change = { email: 'moved@example.com', currentPassword: PASSWORD };
    expect((await owner.submit('/settings/email', change)).status).toBe(303);
    expect((await visitor.get('/pending-link')).text).not.toContain('Log in and continue');
    expect((await makeNew(visitor)).location).toBe('/');
    expect(await app.user('mover')).toHaveProperty('email', 'moved@example.com');
    expect(await app.user('mover')).not.toHaveProperty('emailMovedAt');
    expect(await app.user((await opens(app, who)) ?? '')).toHaveProperty(
      'email',
      'mover@example.com',
    );
  });

  it('RC-12 makes a new account when the old one was deleted meanwhile', async () => {
    const owner = await app.person('leaver');
    const { visitor, who } = await comesWith(app, 'leaver@example.com');
    await owner.deleteAccount();
    expect((await makeNew(visitor)).location).toBe('/');
    expect(await visitor.whoami()).toBe(await opens(app, who));
    expect(await app.user('leaver')).toBeNull();
  });

  it('can be left by "cancel", which ends the grant, and is nothing to whoever never waited', async () => {
    await app.person('cancels');
    const { visitor, who } = await comesWith(app, 'cancels@example.com');
    expect((await cancel(visitor)).location).toBe('/login');
    expect((await visitor.get('/pending-link')).location).toBe('/login');
    await until(() => app.stub.revoked.includes(`google:${who.subject}`));
    const stranger = app.visitor();
    const body = { _csrf: await stranger.token('/login') };
    expect((await stranger.send('POST', '/pending-link/new', { body })).location).toBe('/login');
    expect((await stranger.send('POST', '/pending-link', { body })).location).toMatch(
      /^\/login\?next/,
    );
  });

  it('keeps the grant at "cancel" when the identity got into use in another browser', async () => {
    await app.person('in-use');
    const { visitor, who } = await comesWith(app, 'in-use@example.com');
    const elsewhere = await comesWith(app, 'in-use@example.com', who);
    await elsewhere.visitor.login('in-use');
    await elsewhere.visitor.submit('/pending-link', {});
    await cancel(visitor);
    // One that does end begins later and is seen.
    await app.person('not-in-use');
    const later = await comesWith(app, 'not-in-use@example.com');
    await cancel(later.visitor);
    await until(() => app.stub.revoked.includes(`google:${later.who.subject}`));
    expect(app.stub.revoked).not.toContain(`google:${who.subject}`);
  });
});

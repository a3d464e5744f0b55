import { UsersService } from '../../src/users/users.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { type Authenticator, setUp, twoStepPerson, typeTotp } from '../support/authenticator.js';
import { confirmByMail } from '../support/mailed-code.js';
import { InterruptedUsers } from '../support/overrides.js';
import { addPasskey, optionsFor, passkeyHolder, softDevice } from '../support/passkeys.js';
import type { SoftAuthenticator } from '../support/soft-authenticator.js';
import { allRoutes } from '../support/routes.js';
import { recordOf, sessionsOf } from '../support/stored-sessions.js';
import { type Answer, PASSWORD, type Visitor } from '../support/visitor.js';

const MINUTE = 60_000;
/** Of the codes of an app. */
const STEP = 30_000;

let app: TestApp;
beforeAll(async () => {
  app = await startApp({}, (testing) =>
    testing.overrideProvider(UsersService).useClass(InterruptedUsers),
  );
});
afterAll(() => app.close());

const SETTINGS = { username: 'changed', name: 'changed' };

it.each([
  ['password', { newPassword: 'four louder harbours', newPasswordAgain: 'four louder harbours' }],
  ['email', { email: 'rotated-new@example.com' }],
])(
  'SE-03 a change of the %s gives the session a new id; the old one and the others are dead',
  async (what, fields) => {
    const name = `rotated-${what}`;
    const visitor = await app.person(name);
    const bystander = await app.person(`bystander-${what}`);
    const phone = app.visitor();
    await phone.login(name);
    const open = await phone.token('/settings/delete');
    const [before, old] = [visitor.cookies.get('test-session'), visitor.copy()];
    const change = { currentPassword: PASSWORD, ...fields };
    expect((await visitor.submit(`/settings/${what}`, change)).status).toBe(303);
    expect(visitor.cookies.get('test-session')).not.toBe(before);
    expect(await visitor.whoami()).toBe(name);
    expect(await recordOf(app, old)).toBeNull();
    const body = { _csrf: open, currentPassword: PASSWORD };
    expect([303, 403]).toContain((await phone.send('POST', '/settings/delete', { body })).status);
    for (const dead of [old, phone]) expect(await dead.whoami()).toBeNull();
    expect(await bystander.whoami()).toBe(`bystander-${what}`);
    expect((await app.users()).some(({ username }) => username === name)).toBe(true);
  },
);

describe('what changes who may do what', () => {
  const SECURITY = '/settings/security';
  const APP = `${SECURITY}/authenticator`;

  /** A person with a passkey, an app and a verified address, and what they do. */
  interface Holder {
    readonly visitor: Visitor;
    readonly own: SoftAuthenticator;
    readonly codes: Authenticator;
  }
  type Act = (holder: Holder) => Promise<Answer>;

  async function holderOf(username: string): Promise<Holder> {
    const { person: visitor, own } = await passkeyHolder(app, username);
    const { app: codes } = await setUp(app, visitor);
    await app.verify(username);
    return { visitor, own, codes };
  }

  async function usePasskey({ visitor, own }: Holder): Promise<Answer> {
    const options = await optionsFor(visitor, '/settings/confirm/passkey/options');
    return visitor.submit(
      '/settings/confirm',
      { passkey: own.use(options) },
      '/settings/confirm/passkey',
    );
  }

  const typePassword: Act = ({ visitor }) =>
    visitor.submit('/settings/confirm', { currentPassword: PASSWORD });

  const SHOWN: Record<string, Act> = {
    'a password': typePassword,
    'the second factor after it': async (holder) => {
      await typePassword(holder);
      const body = { totp: holder.codes.code() };
      return holder.visitor.submit('/settings/confirm/second-step/authenticator', body);
    },
    'a passkey': usePasskey,
    'a mailed code': ({ visitor }) =>
      confirmByMail(app, visitor, 'shows-a-mailed-code@example.com'),
  };

  it.each(Object.entries(SHOWN))(
    'SE-03 by %s a re-authentication gives the session a new id, and no other one ends',
    async (what, act) => {
      const username = `shows-${what.replaceAll(' ', '-')}`;
      const holder = await holderOf(username);
      const { visitor } = holder;
      const phone = app.visitor();
      await phone.login(username);
      await typeTotp(phone, holder.codes.code());
      expect(await phone.whoami()).toBe(username);
      app.advance(16 * MINUTE);
      const old = visitor.copy();
      expect((await act(holder)).status).toBe(303);
      expect(visitor.cookies.get('test-session')).not.toBe(old.cookies.get('test-session'));
      expect([await visitor.whoami(), await old.whoami()]).toEqual([username, null]);
      expect(await phone.whoami()).toBe(username);
    },
  );

  const CHANGES: Record<string, Act> = {
    'a passkey more': ({ visitor }) => addPasskey(visitor, softDevice(app)),
    'a passkey less': async ({ visitor }) => {
      const { html } = await visitor.get(`${SECURITY}/passkeys`);
      const [, action = ''] = /action="([^"]+\/remove)"/.exec(html) ?? [];
      return visitor.submit(`${SECURITY}/passkeys`, {}, action);
    },
    'another app': async ({ visitor }) => {
      const { answer } = await setUp(app, visitor, `${APP}?another=yes`);
      return answer;
    },
    'no app': ({ visitor }) => visitor.submit(APP, {}, `${APP}/remove`),
    'new recovery codes': ({ visitor }) => visitor.submit(`${SECURITY}/recovery-codes`, {}),
  };

  it.each(Object.entries(CHANGES))(
    'SE-03, SE-07 %s gives the session a new id; the old one and the others are dead',
    async (what, act) => {
      const username = `has-${what.replaceAll(' ', '-')}`;
      const holder = await holderOf(username);
      const { visitor } = holder;
      const bystander = await app.person(`sees-${what.replaceAll(' ', '-')}`);
      const phone = app.visitor();
      await phone.login(username);
      await typeTotp(phone, holder.codes.code());
      expect(await phone.whoami()).toBe(username);
      app.advance(STEP);
      // The strongest that the account has: some of these ask for it.
      await usePasskey(holder);
      const old = visitor.copy();
      const before = await app.user(username);
      expect([200, 303]).toContain((await act(holder)).status);
      const { sessions: _then, ...then } = before ?? {};
      const { sessions: _now, ...now } = (await app.user(username)) ?? {};
      expect(now).not.toEqual(then);
      expect(visitor.cookies.get('test-session')).not.toBe(old.cookies.get('test-session'));
      expect(await visitor.whoami()).toBe(username);
      for (const dead of [old, phone]) expect(await dead.whoami()).toBeNull();
      expect(await bystander.whoami()).toBe(`sees-${what.replaceAll(' ', '-')}`);
    },
  );

  it('SE-04 a login between the steps is over once another person logs in', async () => {
    const { app: codes } = await twoStepPerson(app, 'half-in');
    await app.person('wholly-in');
    const browser = app.visitor();
    await browser.login('half-in', PASSWORD, { next: '/settings/sessions' });
    expect((await browser.login('wholly-in')).location).toBe('/');
    for (const path of ['/login/second-step', '/login/second-step/authenticator']) {
      expect((await browser.get(path)).location).toBe('/');
    }
    expect((await typeTotp(browser, codes.code())).location).toBe('/');
    expect(await browser.whoami()).toBe('wholly-in');
  });

  it('SE-04 a re-authentication, and the challenge of one, are none of the next person', async () => {
    const first = await holderOf('confirms-first');
    const browser = first.visitor;
    app.advance(16 * MINUTE);
    const stale = await optionsFor(browser, '/settings/confirm/passkey/options');
    await usePasskey(first);
    const { own } = await passkeyHolder(app, 'confirms-next');
    await browser.logout();
    await browser.login('confirms-next');
    expect((await browser.get('/settings/password')).html).toContain('name="currentPassword"');
    const passkey = own.use(stale);
    const refused = await browser.submit(
      '/settings/confirm',
      { passkey },
      '/settings/confirm/passkey',
    );
    expect(refused.status).toBe(422);
    expect((await browser.get('/settings/password')).html).toContain('name="currentPassword"');
  });
});

it('SE-04 nothing of the first person reaches the second in the same browser', async () => {
  const visitor = await app.person('first-user');
  const old = await visitor.token('/settings/profile');
  await app.person('second-user');
  await visitor.send('POST', '/login', {
    body: { _csrf: old, identifier: 'second-user', password: PASSWORD },
  });
  expect(await visitor.whoami()).toBe('second-user');
  const answer = await visitor.send('POST', '/settings/profile', {
    body: { _csrf: old, ...SETTINGS },
  });
  expect(answer.status).toBe(403);
  expect(await visitor.whoami()).toBe('second-user');
});

it('SE-04 a sentence that waits for the first person is not shown to whoever comes next', async () => {
  await app.person('greeted-first');
  await app.person('greeted-second');
  const browser = app.visitor();
  await browser.send('POST', '/login', {
    body: { identifier: 'greeted-first', password: PASSWORD },
  });
  await browser.send('POST', '/login', {
    body: { identifier: 'greeted-second', password: PASSWORD },
  });
  const page = await browser.get('/');
  expect(page.text).toContain('Welcome, greeted-second');
  expect(page.text).not.toContain('greeted-first');
  await browser.login('greeted-first');
  await browser.send('POST', '/logout');
  const login = await browser.get('/login');
  expect(login.text).toContain('You have logged out');
  expect(login.text).not.toContain('greeted-first');
});

it('SE-05 a copied cookie is dead after the log-out, and the record gone', async () => {
  const visitor = await app.person('logs-out');
  const token = await visitor.token('/settings/profile');
  const thief = visitor.copy();
  expect(await recordOf(app, thief)).not.toBeNull();
  await visitor.logout();
  expect(await recordOf(app, thief)).toBeNull();
  expect(await thief.whoami()).toBeNull();
  const post = await thief.send('POST', '/settings/profile', {
    body: { _csrf: token, ...SETTINGS },
  });
  expect([303, 403]).toContain(post.status);
  expect((await app.users()).some((user) => user['username'] === 'changed')).toBe(false);
});

it('a request that is still under way when its session ends changes nothing and brings no session', async () => {
  const visitor = await app.person('under-way');
  const tab = visitor.copy();
  const users = app.nest.get<InterruptedUsers>(UsersService);
  users.before = async (work) => {
    if (work !== 'change') return;
    users.resume();
    await visitor.logout();
  };
  try {
    const answer = await tab.submit('/settings/profile', { username: 'under-way', name: 'Late' });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([422, []]);
  } finally {
    users.resume();
  }
  expect((await app.user('under-way'))?.['name']).toBe('The real under-way');
  expect(await sessionsOf(app, 'under-way')).toEqual([]);
  expect(await tab.whoami()).toBeNull();
});

it('SE-07, SE-03 a new password ends the other sessions and gives this one a new id', async () => {
  const first = await app.person('many-devices');
  const second = app.visitor();
  await second.login('many-devices');
  const token = await second.token('/settings/delete');
  const old = first.copy();
  const next = 'four louder harbours';
  await first.submit('/settings/password', {
    currentPassword: PASSWORD,
    newPassword: next,
    newPasswordAgain: next,
  });
  expect(await first.whoami()).toBe('many-devices');
  expect(await old.whoami()).toBeNull();
  const post = await second.send('POST', '/settings/delete', {
    body: { _csrf: token, currentPassword: next },
  });
  expect([303, 403]).toContain(post.status);
  expect(await second.whoami()).toBeNull();
  expect((await app.users()).some((user) => user['username'] === 'many-devices')).toBe(true);
});

it('SE-08 a deleted person is a stranger everywhere, without errors', async () => {
  const first = await app.person('deleted');
  const second = app.visitor();
  await second.login('deleted');
  await first.deleteAccount();
  const dead = second.copy();
  const left = await second.get('/settings/profile');
  expect(left.headers.getSetCookie().join()).toMatch(/^test-session=;.*Expires=Thu, 01 Jan 1970/);
  for (let page = 0; page < 10; page++) {
    expect((await dead.get(page % 2 ? '/' : '/settings/profile')).status).toBe(
      page % 2 ? 200 : 303,
    );
  }
  expect(await second.whoami()).toBeNull();
});

it('SE-14 after the log-out no answer says that what the browser has is still good', async () => {
  const visitor = await app.person('goes-back');
  const all = allRoutes(app.nest)
    .filter(({ method, path }) => method === 'GET' && path.startsWith('/settings'))
    .map(({ path }) => path);
  const opened = await Promise.all(all.map((path) => visitor.get(path)));
  // Some lead on: there is nothing to confirm, or no such thing.
  const pages = all.filter((_, n) => opened[n]?.status === 200);
  expect(pages.length).toBeGreaterThan(12);
  const seen = opened.filter(({ status }) => status === 200);
  const before = visitor.copy();
  await visitor.logout();
  for (const [index, path] of pages.entries()) {
    expect(seen[index]?.status).toBe(200);
    expect(seen[index]?.headers.get('cache-control')).toBe('no-store');
    const etag = seen[index]?.headers.get('etag') ?? '*';
    for (const headers of [
      { 'if-none-match': etag },
      { 'if-none-match': '*' },
      { 'if-modified-since': new Date().toUTCString() },
    ]) {
      for (const browser of [visitor, before]) {
        const again = await browser.get(path, {
          headers: { ...headers, 'cache-control': 'max-age=0' },
        });
        expect(again.status).toBe(303);
        expect(again.location).toMatch(/^\/login(\?next=|$)/);
        expect(again.html).not.toContain('goes-back');
      }
    }
  }
});

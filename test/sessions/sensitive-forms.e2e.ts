import { startApp, type TestApp } from '../support/app.js';
import { goThrough, reauthenticate } from '../support/flows.js';
import { comingBy, holderOf, IDENTITIES, link, linksOf } from '../support/identities.js';
import { confirmByMail } from '../support/mailed-code.js';
import { optionsFor, registerByPasskey, softDevice } from '../support/passkeys.js';
import { allRoutes } from '../support/routes.js';
import { type Answer, PASSWORD, type Visitor } from '../support/visitor.js';

const MINUTE = 60_000;
const NEXT = 'four louder harbours';
const asking = (page: string) => `/settings/confirm?next=${encodeURIComponent(page)}`;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** Every form of the settings but those that need no proof, as `held-forms` lists them. */
const HARMLESS =
  /^\/settings\/(confirm|email\/|profile$|security\/(keep-factors$|devices\/|decline-passkey$|passkeys\/:passkey$))/;
/** Forms that ask for the present password themselves. */
const WITH_PASSWORD = [
  '/settings/delete',
  '/settings/password',
  '/settings/security/authenticator',
];

function sensitivePaths(): string[] {
  const others = ['/oauth/:provider/link'];
  return allRoutes(app.nest)
    .filter(({ method, path }) => method === 'POST' && !HARMLESS.test(path))
    .map(({ path }) => path)
    .filter((path) => path.startsWith('/settings/') || others.includes(path));
}

const FIELDS = {
  email: 'matrix@example.com',
  newPassword: NEXT,
  newPasswordAgain: NEXT,
  currentPassword: '',
  totp: '123456',
};

/** What is stored of an account, without its sessions: a question that waits is one of theirs. */
async function stored(username: string) {
  const { sessions: _sessions, revision: _revision, ...account } = (await app.user(username)) ?? {};
  return account;
}

interface Kind {
  readonly username: string;
  readonly visitor: Visitor;
  /** Shows by one of the account's proofs who one is. */
  readonly prove: (page: string) => Promise<Answer>;
}

let people = 0;

/** Everybody who may have an account, each with the proofs that the account has. */
const KINDS: Record<string, (username: string) => Promise<Kind>> = {
  'a password': async (username) => {
    const visitor = await app.person(username);
    const prove = (page: string) =>
      visitor.submit(asking(page), { currentPassword: PASSWORD }, '/settings/confirm');
    return { username, visitor, prove };
  },
  'a password and a verified address': async (username) => {
    const visitor = await app.owner(username);
    const prove = (page: string) => confirmByMail(app, visitor, `${username}@example.com`, page);
    return { username, visitor, prove };
  },
  'a provider': async () => {
    const { visitor, who, username } = await comingBy(app, 'google', 'github');
    const prove = (page: string) => reauthenticate(app.stub, visitor, 'github', who, page);
    return { username, visitor, prove };
  },
  'a provider and a verified address': async (wanted) => {
    const visitor = app.visitor();
    const email = `${wanted}@example.com`;
    await goThrough(app.stub, visitor, 'google', holderOf(email));
    const username = (await visitor.whoami()) ?? '';
    const prove = (page: string) => confirmByMail(app, visitor, email, page);
    return { username, visitor, prove };
  },
  'a passkey alone': async (username) => {
    const [visitor, own] = [app.visitor(), softDevice(app)];
    await registerByPasskey(visitor, username, own);
    const prove = async (page: string) => {
      const passkey = own.use(await optionsFor(visitor, '/settings/confirm/passkey/options'));
      return visitor.submit(asking(page), { passkey }, '/settings/confirm/passkey');
    };
    return { username, visitor, prove };
  },
  'a password and a provider': async (username) => {
    const visitor = await app.person(username);
    const who = holderOf(`${username}@elsewhere.example`);
    await link(app, visitor, 'google', who);
    const prove = (page: string) => reauthenticate(app.stub, visitor, 'google', who, page);
    return { username, visitor, prove };
  },
};

const someone = (kind: string) => {
  const make = KINDS[kind];
  if (!make) throw new Error(`There is no ${kind}`);
  return make(`kind-${++people}`);
};

describe.each(Object.keys(KINDS))('an account with %s', (kind) => {
  it('SU-01 is asked before every sensitive form when its session is old, and nothing is done', async () => {
    const { username, visitor } = await someone(kind);
    app.advance(16 * MINUTE);
    const before = await stored(username);
    const hasPassword = 'passwordHash' in before;
    const _csrf = await visitor.token('/settings/profile');
    const paths = sensitivePaths();
    expect(paths).toEqual(expect.arrayContaining(['/settings/email', ...WITH_PASSWORD]));
    for (const path of paths) {
      const body = { _csrf, confirmation: username, ...FIELDS };
      const address = path.replace(/:\w+/g, 'google');
      const { status, location, html } = await visitor.send('POST', address, { body });
      const asksItself = hasPassword && WITH_PASSWORD.includes(path);
      expect([path, status]).toEqual([path, asksItself ? 422 : 303]);
      if (asksItself) expect(html).toContain('id="currentPassword-error"');
      else expect(location).toMatch(/^\/settings\/confirm\?next=%2F/);
      expect(await stored(username)).toEqual(before);
    }
  });

  it('SU-01 goes on where it stopped: what was typed is there, and two more presses do it', async () => {
    const { username, visitor, prove } = await someone(kind);
    app.advance(16 * MINUTE);
    const email = `${username}-next@example.com`;
    const stopped = await visitor.submit('/settings/email', { email });
    expect(stopped.location).toBe(asking('/settings/email'));
    const proved = await prove('/settings/email');
    expect(proved.location).toBe('/settings/email');
    const { html } = await visitor.get('/settings/email');
    expect(html).toContain(`value="${email}"`);
    expect(html).not.toContain('name="currentPassword"');
    expect((await visitor.submit('/settings/email', { email })).location).toBe('/settings/email');
  });

  it('PW-09 a login alone sets no password and deletes nothing; a proof since does both', async () => {
    const { username, visitor, prove } = await someone(kind);
    const thief = visitor.copy();
    const before = await stored(username);
    const _csrf = await thief.token('/settings/profile');
    const body = { _csrf, confirmation: username, ...FIELDS };
    for (const path of WITH_PASSWORD) {
      for (const currentPassword of ['', 'wrong password']) {
        const answer = await thief.send('POST', path, { body: { ...body, currentPassword } });
        if ('passwordHash' in before) expect(answer.status).toBe(422);
        else expect(answer.location).toBe(asking(path));
      }
    }
    expect(await stored(username)).toEqual(before);
    expect((await prove('/settings/password')).location).toBe('/settings/password');
    // By then the password is not asked for, and what a manager fills in does no harm.
    const page = await visitor.get('/settings/password');
    expect(page.html).not.toContain('name="currentPassword"');
    const habit = { currentPassword: 'typed by habit', newPassword: NEXT, newPasswordAgain: NEXT };
    expect((await visitor.submit('/settings/password', habit)).location).toBe('/settings/password');
    expect((await app.visitor().login(username, NEXT)).status).toBe(303);
    expect((await visitor.deleteAccount({})).location).toBe('/');
    expect(await app.user(username)).toBeNull();
  });
});

it('PW-09 the proof is as old for a new password as for all else', async () => {
  const visitor = await app.person('aged');
  await visitor.submit('/settings/confirm', { currentPassword: PASSWORD });
  expect((await visitor.get('/settings/password')).html).not.toContain('name="currentPassword"');
  app.advance(16 * MINUTE);
  const change = { newPassword: NEXT, newPasswordAgain: NEXT };
  expect((await visitor.submit('/settings/password', change)).status).toBe(422);
  expect((await visitor.get('/settings/password')).html).toContain('name="currentPassword"');
});

it('PW-09 a proof of one session is none of another, nor of the next login', async () => {
  const visitor = await app.person('two-sessions');
  const other = app.visitor();
  await other.login('two-sessions');
  await visitor.submit('/settings/confirm', { currentPassword: PASSWORD });
  await visitor.logout();
  await visitor.login('two-sessions');
  for (const each of [visitor, other]) {
    expect((await each.get('/settings/password')).html).toContain('name="currentPassword"');
  }
});

it('offers on the page of the password another proof where there is one', async () => {
  const [plain, owner] = [await app.person('plain-one'), await app.owner('proved-one')];
  for (const path of WITH_PASSWORD) {
    const another = `/settings/confirm?next=${path}`;
    expect((await plain.get(path)).html).not.toContain(another);
    expect((await owner.get(path)).html).toContain(`href="${another}"`);
  }
});

it('SU-01 a button that was pressed waits under the finger after a mailed code', async () => {
  const visitor = await app.owner('unlinks');
  const who = holderOf('unlinks@elsewhere.example');
  await link(app, visitor, 'google', who);
  app.advance(16 * MINUTE);
  const unlink = `${IDENTITIES}/google/unlink`;
  expect((await visitor.submit(IDENTITIES, {}, unlink)).location).toBe(asking(IDENTITIES));
  await confirmByMail(app, visitor, 'unlinks@example.com', IDENTITIES);
  const { html } = await visitor.get(IDENTITIES);
  const focused = html.split('<form').filter((form) => form.includes('autofocus'));
  expect(focused).toEqual([expect.stringContaining(`action="${unlink}"`)]);
  await visitor.submit(IDENTITIES, {}, unlink);
  expect(await linksOf(app, 'unlinks')).toEqual([]);
});

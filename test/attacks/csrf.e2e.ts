import { CoreSettings } from '../../src/core/config/core.settings.js';
import { startApp, type TestApp } from '../support/app.js';
import { allRoutes, publicForms } from '../support/routes.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const SETTINGS = { username: 'changed', name: 'changed' };

/** What each form would need to do its work, were its token right. */
const FIELDS: Record<string, string> = {
  ...SETTINGS,
  identifier: 'csrf-attacker',
  email: 'changed@example.com',
  password: PASSWORD,
  passwordAgain: PASSWORD,
  currentPassword: PASSWORD,
  newPassword: 'four louder harbours',
  newPasswordAgain: 'four louder harbours',
};

function changing(): { method: string; path: string }[] {
  const routes = allRoutes(app.nest).filter(({ method }) => method !== 'GET');
  expect(routes.length).toBeGreaterThanOrEqual(7);
  return routes;
}

function urlencoded(fields: Record<string, string>): string {
  return new URLSearchParams(fields).toString();
}

describe('a POST', () => {
  it('CS-01 without the token of its own session is refused on every route, and changes nothing', async () => {
    await app.person('csrf-attacker');
    const victim = await app.person('csrf-victim');
    const before = await victim.token('/settings/profile');
    await victim.login('csrf-victim');
    const others = await (await app.person('csrf-other')).token('/settings/profile');
    const own = await victim.token('/settings/profile');
    const users = await app.users();
    const logged = app.log.length;

    const tokens = {
      none: {},
      empty: { _csrf: '' },
      'of a person signed in': { _csrf: others },
      'from before the login': { _csrf: before },
      short: { _csrf: own.slice(1) },
      long: { _csrf: `${own}0` },
      'in capitals': { _csrf: own.toUpperCase() },
      'of another name': { csrf: own, csrfToken: own, _token: own },
      undefined: { _csrf: 'undefined' },
    };
    const tries = Object.keys(tokens).length + 2;
    for (const { method, path } of changing()) {
      for (const [kind, token] of Object.entries(tokens)) {
        const { status, location } = await victim.send(method, path, {
          body: { ...FIELDS, ...token },
          unmarked: true,
        });
        expect([method, path, kind, status, location]).toEqual([method, path, kind, 403, null]);
      }
      expect((await victim.send(method, path, { unmarked: true })).status).toBe(403);
      const elsewhere = await victim.send(method, `${path}?_csrf=${own}`, {
        body: FIELDS,
        headers: { 'x-csrf-token': own, 'csrf-token': own, 'x-xsrf-token': own },
        unmarked: true,
      });
      expect(elsewhere.status).toBe(403);
    }
    expect(await app.users()).toEqual(users);
    expect(await victim.whoami()).toBe('csrf-victim');
    const refused = app.log.slice(logged).filter((line) => line.includes('status=403'));
    expect(refused).toHaveLength(changing().length * tries);
    const body = { ...SETTINGS, _csrf: own };
    expect((await victim.send('POST', '/settings/profile', { body, unmarked: true })).status).toBe(
      303,
    );
  });

  it('CS-01 of a person signed in needs the token, though it comes from a page of ours', async () => {
    const victim = await app.person('marked-victim');
    const open = publicForms(app.nest);
    expect(open.toSorted()).toEqual([
      '/development/oauth/:provider',
      '/email/confirm',
      '/email/confirm/not-mine',
      '/login',
      '/login/code',
      '/login/link',
      '/login/lost-factor',
      '/login/lost-factor/cancel',
      '/login/lost-factor/finish',
      '/login/mail',
      '/login/passkey',
      '/login/passkey/options',
      '/login/second-step/authenticator',
      '/login/second-step/passkey',
      '/login/second-step/recovery-code',
      '/login/set-up',
      '/logout',
      '/not-me',
      '/oauth/:provider',
      '/pending-link/cancel',
      '/pending-link/login',
      '/recovery',
      '/recovery/new-password',
      '/register',
      '/register/passkey',
      '/register/passkey/create',
    ]);
    // Whoever is fresh is led on by the page that asks who they are.
    app.advance(16 * 60_000);
    await victim.whoami();
    const users = await app.users();
    for (const { method, path } of changing().filter((route) => !open.includes(route.path))) {
      for (const headers of [{ 'sec-fetch-site': 'same-origin' }, { origin: app.origin }]) {
        const answer = await victim.send(method, path, { body: FIELDS, headers });
        // Who lacks no second factor is led on by the page that asks for it.
        const isLed =
          path.startsWith('/settings/confirm/second-step/') &&
          answer.location === '/settings/confirm';
        expect([path, isLed ? 403 : answer.status]).toEqual([path, 403]);
      }
    }
    expect(await app.users()).toEqual(users);
  });

  it('CS-01 of another kind than a form is refused on every route, with the right token too', async () => {
    const victim = await app.person('typed-victim');
    const _csrf = await victim.token('/settings/profile');
    const users = await app.users();
    const form = urlencoded({ ...FIELDS, _csrf });
    const parts = Object.entries({ ...FIELDS, _csrf })
      .map(
        ([name, value]) =>
          `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      )
      .join('');
    const bodies: [string, string][] = [
      ['application/json', JSON.stringify({ ...FIELDS, _csrf })],
      ['application/json; charset=utf-8', JSON.stringify({ ...FIELDS, _csrf })],
      ['application/csp-report', JSON.stringify({ ...FIELDS, _csrf })],
      ['text/plain', form],
      ['text/plain; application/x-www-form-urlencoded', form],
      ['multipart/form-data; boundary=x', `${parts}--x--\r\n`],
      ['application/xml', '<x/>'],
      ['application/octet-stream', form],
      ['', form],
    ];
    for (const { method, path } of changing()) {
      for (const [type, body] of bodies) {
        const { status } = await victim.send(method, path, {
          body,
          headers: { 'content-type': type },
        });
        expect([path, type, status]).toEqual([path, type, 415]);
      }
    }
    expect(await app.users()).toEqual(users);
    expect(await victim.whoami()).toBe('typed-victim');
  });

  it('CS-08 with a pair that somebody planted beside the session is refused', async () => {
    const victim = await app.person('planted-victim');
    const attacker = await app.person('planting');
    const token = await attacker.token('/settings/profile');
    const users = await app.users();
    const own = `test-session=${victim.cookies.get('test-session')}`;
    const planted = `test-session=${attacker.cookies.get('test-session')}`;
    const submit = (cookie: string, _csrf: string) =>
      app.visitor().send('POST', '/settings/profile', {
        body: { username: 'planted', name: 'x', _csrf },
        headers: { cookie },
        unmarked: true,
      });

    for (const cookie of [
      `${own}; _csrf=chosen`,
      `${own}; csrf=chosen; csrfToken=chosen; XSRF-TOKEN=chosen`,
      `${own}; __Host-psifi.x-csrf-token=chosen`,
    ]) {
      expect((await submit(cookie, 'chosen')).status).toBe(403);
    }
    // Of two cookies of the name one was planted, so none of them is believed.
    for (const cookie of [`${own}; ${planted}`, `${planted}; ${own}`]) {
      const { status, location } = await submit(cookie, token);
      expect([status, location]).toEqual([303, '/login?next=%2Fsettings%2Fprofile']);
    }
    expect(await app.users()).toEqual(users);
    expect((await submit(own, await victim.token('/settings/profile'))).status).toBe(303);
  });

  it('CS-07 from another site by its own word is refused: Sec-Fetch-Site decides where it is sent, Origin where it is not', async () => {
    const visitor = await app.person('origins');
    const statusWith = async (headers: Record<string, string>) => {
      const _csrf = await visitor.token('/settings/profile');
      const body = { _csrf, username: 'origins', name: 'x' };
      return (await visitor.send('POST', '/settings/profile', { body, headers, unmarked: true }))
        .status;
    };
    // Node's fetch adds a Sec-Fetch-Mode of its own but neither of the two that decide.
    expect(await statusWith({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await statusWith({ 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await statusWith({ 'sec-fetch-site': 'cross-site, same-origin' })).toBe(403);
    expect(await statusWith({ 'sec-fetch-site': '' })).toBe(403);
    expect(await statusWith({ 'sec-fetch-site': 'cross-site', origin: app.origin })).toBe(403);
    expect(await statusWith({ origin: 'https://evil.example' })).toBe(403);
    expect(await statusWith({ origin: `${app.origin}.evil.example` })).toBe(403);
    expect(await statusWith({ origin: `${app.origin}@evil.example` })).toBe(403);
    expect(await statusWith({ origin: 'null' })).toBe(403);
    expect(await statusWith({})).toBe(303);
    expect(await statusWith({ origin: 'null', 'sec-fetch-site': 'same-origin' })).toBe(303);
  });

  it('CS-03 a login or a registration from another site signs nobody in', async () => {
    await app.person('attacker');
    const register = { ...FIELDS, username: 'cs-three', email: 'cs-three@example.com' };
    const forms = { '/login': { ...FIELDS, identifier: 'attacker' }, '/register': register };
    const foreign = await (await app.person('cs-other')).token('/settings/profile');
    const users = await app.users();
    for (const [path, body] of Object.entries(forms)) {
      for (const headers of [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site', origin: app.origin },
        { origin: 'https://evil.example' },
        { origin: 'null' },
        {},
      ]) {
        for (const token of [{}, { _csrf: foreign }]) {
          const visitor: Visitor = app.visitor();
          const answer = await visitor.send('POST', path, {
            body: { ...body, ...token },
            headers,
            unmarked: true,
          });
          expect(answer.status).toBe(403);
          expect(await visitor.whoami()).toBeNull();
        }
      }
    }
    expect(await app.users()).toEqual(users);
    expect((await app.visitor().login('attacker')).location).toBe('/');
  });
});

it('CS-02 no GET and no HEAD changes anything, whatever its query says', async () => {
  const visitor = await app.person('reader');
  const token = await visitor.token('/settings/profile');
  const query = urlencoded({ ...FIELDS, _csrf: token, _method: 'POST' });
  const before = await app.users();
  for (const { path } of allRoutes(app.nest)) {
    for (const target of [path, path.replace(':page', 'logout'), `${path}?${query}`]) {
      for (const method of ['GET', 'HEAD']) {
        const headers = { 'x-http-method-override': 'POST' };
        expect((await visitor.send(method, target, { headers })).status).toBeLessThan(500);
      }
    }
  }
  expect(await app.users()).toEqual(before);
  expect(await visitor.whoami()).toBe('reader');
});

it('a public form needs no token where the browser says that it stood here, by either header', async () => {
  await app.person('marked');
  for (const headers of [
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { origin: app.nest.get(CoreSettings).baseUrl },
  ]) {
    const body = { identifier: 'marked', password: PASSWORD };
    expect((await app.visitor().send('POST', '/login', { body, headers })).location).toBe('/');
  }
});

it('a form that nothing tells the origin of is refused with the sentence that says what is missing', async () => {
  const answer = await app.visitor().send('POST', '/login', {
    body: { identifier: 'nobody', password: PASSWORD },
    unmarked: true,
  });
  expect(answer.status).toBe(403);
  expect(answer.text).toContain('Allow cookies for this site');
  expect(answer.html).toContain('href="/login">Try again</a>');
});

it('shows an old form of the settings again with what was typed, and no password', async () => {
  const visitor = await app.person('retyping');
  const old = await visitor.token('/settings/email');
  await visitor.login('retyping');
  const body = { _csrf: old, email: 'typed@example.com', currentPassword: 'typed password' };
  const own = await visitor.send('POST', '/settings/email', { body });
  expect(own.status).toBe(403);
  expect(own.text).toContain('Your login changed after you opened this page');
  expect(own.html).toContain('value="typed@example.com"');
  expect(own.html).not.toContain('typed password');
  const unmarked = await visitor.send('POST', '/settings/email', { body, unmarked: true });
  expect(unmarked.status).toBe(403);
  expect(unmarked.html).not.toContain('typed@example.com');
  const foreign = { 'sec-fetch-site': 'cross-site' };
  const other = await visitor.send('POST', '/settings/email', { body, headers: foreign });
  expect(other.status).toBe(403);
  expect(other.text).toContain('A form on another site sent this');
});

it('leads a form whose session is over to the login, and from there to its page', async () => {
  const visitor = app.visitor();
  const sent = async (path: string) => (await visitor.send('POST', path, { body: {} })).location;
  expect(await sent('/settings/email')).toBe('/login?next=%2Fsettings%2Femail');
  expect(await sent('/settings/identities/google/unlink')).toBe(
    '/login?next=%2Fsettings%2Fidentities',
  );
  expect(await sent('/logout/everywhere')).toBe('/login');
  expect(await sent('/logout')).toBe('/login');
});

it('of two login forms that were opened at once, each lets in whoever it names', async () => {
  await app.person('first-tab');
  await app.person('second-tab');
  const visitor = app.visitor();
  const fields = (identifier: string) => ({
    identifier,
    password: PASSWORD,
    next: '/settings/profile',
  });
  for (const name of ['first-tab', 'second-tab', 'first-tab', 'first-tab']) {
    const answer = await visitor.send('POST', '/login', { body: fields(name) });
    expect([answer.status, answer.location]).toEqual([303, '/settings/profile']);
    expect(await visitor.whoami()).toBe(name);
  }
  const accounts = (await app.users()).filter(({ username }) => String(username).endsWith('-tab'));
  // The browser's session of before has ended, at whichever account it was.
  const sessions = accounts.map(({ username, sessions: all }) => [
    username,
    Object.keys(all ?? {}).length,
  ]);
  expect(Object.fromEntries(sessions)).toMatchObject({ 'first-tab': 2, 'second-tab': 1 });
});

it('takes the forms of two pages that were opened at once after a login', async () => {
  const person = await app.person('two-tabs');
  const tabs = [person.copy(), person.copy()];
  const tokens = await Promise.all(
    [...tabs, ...tabs].map((tab, index) =>
      tab.token(index % 2 ? '/settings/profile' : '/settings/email'),
    ),
  );
  for (const _csrf of tokens) {
    const body = { _csrf, username: 'two-tabs', name: 'Two tabs' };
    expect((await person.send('POST', '/settings/profile', { body })).status).toBe(303);
  }
});

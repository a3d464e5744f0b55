import { startApp, type TestApp } from '../support/app.js';
import { allRoutes } from '../support/routes.js';
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
    const beforeLogin = app.visitor();
    const preLogin = await beforeLogin.token('/login');
    await beforeLogin.register('csrf-victim');
    const victim = beforeLogin;
    const others = await (await app.person('csrf-other')).token('/settings/profile');
    const own = await victim.token('/settings/profile');
    const users = await app.users();
    const logged = app.log.length;

    const tokens = {
      none: {},
      empty: { _csrf: '' },
      'of a person signed in': { _csrf: others },
      'of a stranger': { _csrf: await app.visitor().token('/login') },
      'from before the login': { _csrf: preLogin },
      short: { _csrf: own.slice(1) },
      long: { _csrf: `${own}0` },
      'in capitals': { _csrf: own.toUpperCase().replace(/^\d*$/, 'A') },
      'of another name': { csrf: own, csrfToken: own, _token: own },
      undefined: { _csrf: 'undefined' },
    };
    for (const { method, path } of changing()) {
      for (const [kind, token] of Object.entries(tokens)) {
        const { status, location } = await victim.send(method, path, {
          body: { ...FIELDS, ...token },
        });
        expect([method, path, kind, status, location]).toEqual([method, path, kind, 403, null]);
      }
      expect((await victim.send(method, path)).status).toBe(403);
      const elsewhere = await victim.send(method, `${path}?_csrf=${own}`, {
        body: FIELDS,
        headers: { 'x-csrf-token': own, 'csrf-token': own, 'x-xsrf-token': own },
      });
      expect(elsewhere.status).toBe(403);
    }
    expect(await app.users()).toEqual(users);
    expect(await victim.whoami()).toBe('csrf-victim');
    const refused = app.log.slice(logged).filter((line) => line.includes('status=403'));
    expect(refused).toHaveLength(changing().length * 12);
    expect(
      (await victim.send('POST', '/settings/profile', { body: { ...SETTINGS, _csrf: own } }))
        .status,
    ).toBe(303);
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
    const attacker = app.visitor();
    const token = await attacker.token('/login');
    const users = await app.users();
    const own = `test-session=${victim.cookies.get('test-session')}`;
    const planted = `test-session=${attacker.cookies.get('test-session')}`;
    const submit = (cookie: string, _csrf: string) =>
      app.visitor().send('POST', '/settings/profile', {
        body: { username: 'planted', name: 'x', _csrf },
        headers: { cookie },
      });

    for (const cookie of [
      `${own}; _csrf=chosen`,
      `${own}; csrf=chosen; csrfToken=chosen; XSRF-TOKEN=chosen`,
      `${own}; __Host-psifi.x-csrf-token=chosen`,
    ]) {
      expect((await submit(cookie, 'chosen')).status).toBe(403);
    }
    expect((await submit(`${own}; ${planted}`, token)).status).toBe(403);
    // A session set in place of the person's is nobody's: there is nothing to change in it.
    const replaced = await submit(`${planted}; ${own}`, token);
    expect([replaced.status, replaced.location]).toEqual([
      303,
      '/login?next=%2Fsettings%2Fprofile',
    ]);
    expect(await app.users()).toEqual(users);
    expect((await submit(own, await victim.token('/settings/profile'))).status).toBe(303);
  });

  it('CS-07 from another site by its own word is refused: Sec-Fetch-Site decides where it is sent, Origin where it is not', async () => {
    const visitor = await app.person('origins');
    const statusWith = async (headers: Record<string, string>) => {
      const _csrf = await visitor.token('/settings/profile');
      const body = { _csrf, username: 'origins', name: 'x' };
      return (await visitor.send('POST', '/settings/profile', { body, headers })).status;
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
    const users = await app.users();
    for (const [path, body] of Object.entries(forms)) {
      const foreign = await app.visitor().token(path);
      for (const headers of [
        { 'sec-fetch-site': 'cross-site' },
        { origin: 'https://evil.example' },
        {},
      ]) {
        for (const token of [{}, { _csrf: foreign }]) {
          const visitor: Visitor = app.visitor();
          expect(
            (await visitor.send('POST', path, { body: { ...body, ...token }, headers })).status,
          ).toBe(403);
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

it('shows an old form of our own again with what was typed, and no password', async () => {
  const visitor = app.visitor();
  const body = { _csrf: 'old', identifier: 'typed-name', password: 'typed password' };
  const own = await visitor.send('POST', '/login', {
    body,
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  expect(own.status).toBe(403);
  expect(own.text).toContain('This page was open for a long time');
  expect(own.html).toContain('value="typed-name"');
  expect(own.html).not.toContain('typed password');
  const foreign = await visitor.send('POST', '/login', { body });
  expect(foreign.status).toBe(403);
  expect(foreign.html).not.toContain('typed-name');
});

it('leads from an old form back to its page', async () => {
  const visitor = app.visitor();
  const headers = { 'sec-fetch-site': 'same-origin' };
  const old = (path: string) => visitor.send('POST', path, { body: { _csrf: 'old' }, headers });
  // Logged out meanwhile: the login page leads on to it.
  expect((await old('/settings/profile')).html).toContain('href="/settings/profile">Try again</a>');
  const pageless = await old('/settings/identities/google/unlink');
  expect(pageless.status).toBe(403);
  // The page above has the button.
  expect(pageless.html).toContain('href="/settings/identities">Try again</a>');
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

import { startApp, type TestApp } from '../support/app.js';
import { RawClient } from '../support/raw-client.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({
    NODE_ENV: 'production',
    BASE_URL: 'https://app.example',
    MAIL_URL: 'off',
    BCRYPT_COST: '12',
    GOOGLE_CLIENT_ID: 'client',
    GOOGLE_CLIENT_SECRET: 'qR8sTu4vWx6yZa1bCd3eFg5h',
  });
  await app.person('regular');
});
afterAll(() => app.close());

const OWN = { host: 'app.example', 'x-forwarded-proto': 'https' };

describe('somebody who is signed in', () => {
  it.each(['/login', '/register'])(
    'is led on from %s to the page that was asked for',
    async (path) => {
      const visitor = app.visitor();
      await visitor.login('regular');
      const leads = async (query: string) => (await visitor.get(path + query)).location;
      expect(await leads('?next=/settings/email')).toBe('/settings/email');
      expect(await leads('?next=//evil.example')).toBe('/');
      expect(await leads('')).toBe('/');
    },
  );
});

describe('a browser that keeps no cookies', () => {
  it('is told that it needs them, after the right password', async () => {
    const visitor = app.visitor();
    visitor.cookies.clear();
    const body = { identifier: 'regular', password: PASSWORD, next: '/settings' };
    const { location } = await visitor.send('POST', '/login', { body });
    const without = app.visitor();
    without.cookies.clear();
    const page = await without.get(location ?? '');
    expect(page.text).toContain('Your browser didn’t keep our cookie');
    expect(page.html).toContain('name="next" value="/settings"');
    // One that keeps them is led on by the same page.
    expect((await visitor.get(location ?? '')).location).toBe('/settings');
  });

  it('is told so when it comes back from a provider', async () => {
    const visitor = app.visitor();
    visitor.cookies.clear();
    const page = await visitor.get('/oauth/google/callback?state=x&code=y');
    expect([page.status, page.headers.getSetCookie()]).toEqual([400, []]);
    expect(page.text).toContain('Allow cookies for this site');
  });
});

describe('a registration that is sent twice', () => {
  const again = (visitor: Visitor, username: string, more: Record<string, string> = {}) =>
    visitor.register(username, more);

  it('welcomes, as a login to the account that it has made', async () => {
    const visitor = await app.person('eager');
    const before = await app.users();
    const second = await again(app.visitor(), 'eager', { next: '/settings/email' });
    expect([second.status, second.location]).toEqual([303, '/settings/email']);
    expect((await app.users()).length).toBe(before.length);
    expect(await visitor.whoami()).toBe('eager');
  });

  it('welcomes both of two at once', async () => {
    const [one, other] = [app.visitor(), app.visitor()];
    const answers = await Promise.all([again(one, 'at-once'), again(other, 'at-once')]);
    expect(answers.map(({ status, location }) => [status, location])).toEqual([
      [303, '/'],
      [303, '/'],
    ]);
    for (const visitor of [one, other]) expect(await visitor.whoami()).toBe('at-once');
  });

  it.each<[string, Record<string, string>]>([
    ['the password', { password: 'another long phrase', passwordAgain: 'another long phrase' }],
    ['the name', { name: 'Somebody else' }],
    ['the address', { email: 'another@example.com' }],
  ])('is taken when %s is another', async (what, more) => {
    const username = `differs-${what.slice(4)}`;
    await app.person(username);
    const answer = await again(app.visitor(), username, more);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('taken');
  });

  it('EN-04 a password that nobody may have tells no more than it does of any other name', async () => {
    await app.person('unfit-twin');
    const short = { password: 'short', passwordAgain: 'short' };
    const { text } = await again(app.visitor(), 'unfit-twin', short);
    expect(text).toContain('Use at least');
    expect(text).toContain('is taken');
    expect(text).toContain('already has an account');
  });

  it('BF-01 tries no password without the limit of a login', async () => {
    await app.person('guessed');
    const guess = (n: number) => ({
      password: `guess number ${n}`,
      passwordAgain: `guess number ${n}`,
    });
    const statuses = [];
    for (let n = 0; n < 7; n++) {
      statuses.push((await again(app.visitor(), 'guessed', guess(n))).status);
    }
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429, 429]);
  });

  it('is taken after two minutes', async () => {
    await app.person('slow');
    app.advance(121_000);
    const answer = await again(app.visitor(), 'slow');
    expect(answer.status).toBe(422);
  });
});

describe('another address of this site', () => {
  const get = async (path: string, headers: Record<string, string>) => {
    const { status, location } = await app.visitor().get(path, { headers });
    return location ?? status;
  };

  it('leads a page on to the one that BASE_URL names', async () => {
    const www = { ...OWN, host: 'www.app.example' };
    expect(await get('/login?next=/settings', www)).toBe(
      'https://app.example/login?next=/settings',
    );
    expect(await get('/health/live', www)).toBe(200);
    expect(await get('/nowhere', www)).toBe(404);
    expect(await get('/login', OWN)).toBe(200);
    // What else a proxy may call us by.
    for (const host of [
      'internal:3000',
      '127.0.0.1',
      'app.example.evil.example',
      'ww.app.example',
    ]) {
      expect([host, await get('/login', { ...OWN, host })]).toEqual([host, 200]);
    }
  });

  it('IN-12 puts nothing behind its host name but a path', async () => {
    const port = Number(new URL(app.origin).port);
    for (const target of ['http://evil.example/login', 'm://login']) {
      const request = `GET ${target} HTTP/1.1\r\nHost: www.app.example\r\nAccept: text/html\r\n`;
      const answer = await new RawClient(port)
        .send(`${request}Connection: close\r\n\r\n`)
        .untilClosed();
      expect(answer).toMatch(/^HTTP\/1\.1 \d{3} /);
      expect(/^location: (.*)$/im.exec(answer)?.[1] ?? 'none').toMatch(
        /^(none|https:\/\/app\.example\/)/,
      );
    }
  });

  it('by http leads on where a trusted proxy says so, and nowhere else', async () => {
    const plain = { host: 'app.example', 'x-forwarded-proto': 'http' };
    expect(await get('/login', plain)).toBe('https://app.example/login');
    expect(await get('/health/live', plain)).toBe(200);
    expect(await get('/login', { host: 'app.example' })).toBe(200);
  });

  it('a form that was sent by http leads to its page by https, and changes nothing', async () => {
    const users = await app.users();
    const begin = app.log.length;
    const send = async (path: string, body = {}, told = {}) => {
      const headers = { host: 'app.example', origin: 'http://app.example', ...told };
      const { status, location } = await app.visitor().send('POST', path, { body, headers });
      return [status, location];
    };
    const login = { identifier: 'regular', password: PASSWORD };
    expect(await send('/login', login)).toEqual([303, 'https://app.example/login']);
    const asked = { referer: 'http://app.example/login?next=%2Fsettings' };
    expect(await send('/oauth/google', {}, asked)).toEqual([
      303,
      'https://app.example/login?next=%2Fsettings',
    ]);
    const elsewhere = { referer: 'http://evil.example/login?next=%2F' };
    for (const told of [{}, elsewhere, { referer: 'nothing' }]) {
      expect(await send('/oauth/google', {}, told)).toEqual([303, 'https://app.example/login']);
    }
    expect(await send('/pending-link/login')).toEqual([303, 'https://app.example/pending-link']);
    expect(await app.users()).toEqual(users);
    expect(app.log.slice(begin).join('')).toContain('A form was sent by http, BASE_URL is https');
  });
});

it('"keep me logged in" holds for a registration', async () => {
  const visitor = app.visitor();
  const { headers } = await visitor.register('keeps', { remember: 'yes' });
  const session = headers.getSetCookie().find((each) => each.includes('-session='));
  expect(session).toContain('Max-Age=7776000');
});

import { startApp, type TestApp } from '../support/app.js';
import { comesWith, IDENTITIES, linksOf } from '../support/identities.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

const MINUTE = 60_000;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const post = (visitor: Visitor, path: string, body: Record<string, string>, page = path) => {
  const headers = {
    host: 'localhost',
    referer: `http://localhost${page}`,
    'sec-fetch-site': 'same-origin',
  };
  return visitor.send('POST', path, { body, headers });
};

const NEW_PASSWORD = {
  currentPassword: PASSWORD,
  newPassword: 'four louder harbours',
  newPasswordAgain: 'four louder harbours',
};

describe('a form that was open while the password was changed', () => {
  it('in another tab comes back with what was typed and the reason, and is taken then', async () => {
    const person = await app.person('tabs');
    const token = await person.token('/settings/profile');
    await person.submit('/settings/password', NEW_PASSWORD);
    const typed = { username: 'tabs', name: 'Typed before' };
    const answer = await post(person, '/settings/profile', { ...typed, _csrf: token });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('Your login changed after you opened this page');
    expect(answer.html).toContain('value="Typed before"');
    const again = /name="_csrf" value="([^"]+)"/.exec(answer.html)?.[1] ?? '';
    expect((await post(person, '/settings/profile', { ...typed, _csrf: again })).status).toBe(303);
    expect(await app.user('tabs')).toHaveProperty('name', 'Typed before');
  });

  it.each([
    ['/settings/profile', '/settings/profile'],
    ['/settings/email', '/settings/email'],
    ['/oauth/google/link', IDENTITIES],
    ['/logout/everywhere', '/settings/delete'],
    // The login is the proof that was asked for.
    ['/settings/confirm', '/settings/email', '/settings/confirm?next=%2Fsettings%2Femail'],
    [
      '/settings/confirm/code',
      '/settings/email',
      '/settings/confirm/code?next=%2Fsettings%2Femail',
    ],
    ['/oauth/google/confirm', '/settings/email', '/settings/confirm?next=%2Fsettings%2Femail'],
  ])(
    'on another device leads from %s to the login, and from there back to %s',
    async (path, onward, page = onward) => {
      const username = `device-${path.replaceAll('/', '-')}`;
      const phone = await app.person(username);
      const _csrf = await phone.token('/settings/profile');
      const laptop = app.visitor();
      await laptop.login(username);
      await laptop.submit('/settings/password', NEW_PASSWORD);
      const { status, location } = await post(phone, path, { _csrf }, page);
      expect([status, location]).toEqual([303, `/login?next=${encodeURIComponent(onward)}`]);
    },
  );

  it('CS-07, IN-12 is led to no page that another site names', async () => {
    const headers = { 'sec-fetch-site': 'same-origin', host: 'localhost' };
    for (const referer of [
      'https://evil.example/settings/delete',
      'http://localhost@evil.example/settings/delete',
      'http://localhost//evil.example',
      'http://localhost/oauth/google/link',
      'nothing',
    ]) {
      const told = { headers: { ...headers, referer }, body: {} };
      const { location } = await app.visitor().send('POST', '/settings/profile', told);
      expect([referer, location]).toEqual([referer, '/login?next=%2Fsettings%2Fprofile']);
    }
  });
});

it('a second tab that asks who it is leads on once the first one was told', async () => {
  const person = await app.person('asked-twice');
  app.advance(16 * MINUTE);
  const page = `/settings/confirm?next=${encodeURIComponent(IDENTITIES)}`;
  const token = await person.token(page);
  const body = { _csrf: token, currentPassword: PASSWORD, next: IDENTITIES };
  expect((await post(person, '/settings/confirm', body)).location).toBe(IDENTITIES);
  const second = await post(person, '/settings/confirm', body);
  expect([second.status, second.location]).toEqual([303, IDENTITIES]);
  expect((await person.get(page)).location).toBe(IDENTITIES);
});

describe('a pending link in two tabs', () => {
  const typed = (username: string) => ({
    identifier: `${username}@example.com`,
    password: PASSWORD,
  });

  it('lets the second one log in as well, and says what became of it after the first agreed', async () => {
    await app.owner('agreed');
    const { visitor } = await comesWith(app, 'agreed@example.com');
    for (const _tab of ['first', 'second']) {
      const login = await post(visitor, '/pending-link/login', typed('agreed'));
      expect(login.location).toBe('/pending-link');
    }
    const _csrf = await visitor.token('/pending-link');
    expect((await post(visitor, '/pending-link', { _csrf })).location).toBe(IDENTITIES);
    for (const path of ['/pending-link', '/pending-link/cancel']) {
      expect((await post(visitor, path, { _csrf })).status).toBeLessThan(404);
    }
    expect((await visitor.get('/pending-link')).location).toBe(IDENTITIES);
    expect((await visitor.get(IDENTITIES)).text).toContain('nothing to connect any more');
    expect(await linksOf(app, 'agreed')).toEqual(['google']);
  });
});

describe('a pending link that was open for hours', () => {
  const GONE = 'nothing to connect any more';

  /** The cookie that told this browser from others has ended. */
  async function late(username: string): Promise<Visitor> {
    await app.owner(username);
    const { visitor } = await comesWith(app, `${username}@example.com`);
    app.advance(120 * MINUTE);
    visitor.cookies.delete('test-browser');
    return visitor;
  }

  it('lets the person in by the right password, and says that it is gone', async () => {
    const visitor = await late('hours');
    const typed = { identifier: 'hours@example.com', password: PASSWORD };
    expect((await post(visitor, '/pending-link/login', typed)).location).toBe('/pending-link');
    expect((await visitor.get('/pending-link')).location).toBe(IDENTITIES);
    expect((await visitor.get(IDENTITIES)).text).toContain(GONE);
  });

  it('says that it is gone to a wrong password as well', async () => {
    const visitor = await late('hours-wrong');
    const typed = { identifier: 'hours-wrong@example.com', password: 'not the password' };
    const answer = await post(visitor, '/pending-link/login', typed);
    expect([answer.status, answer.location]).toEqual([303, '/login']);
    expect((await visitor.get('/login')).text).toContain(GONE);
  });
});

it('a deletion that is sent twice says once that it is done', async () => {
  const person = await app.person('twice-deleted');
  const _csrf = await person.token('/settings/delete');
  const body = { _csrf, confirmation: 'twice-deleted', currentPassword: PASSWORD };
  expect((await post(person, '/settings/delete', body)).location).toBe('/');
  const second = await post(person, '/settings/delete', body);
  expect((await person.get(second.location ?? '')).text).toContain('We deleted your account.');
});

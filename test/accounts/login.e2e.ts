import { startApp, type TestApp } from '../support/app.js';
import { PASSWORD } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

describe('logging in and out', () => {
  beforeAll(() => app.visitor().register('Lena'));

  it('takes the user name or the e-mail address, in any case and with spaces around', async () => {
    for (const identifier of ['Lena', ' lena ', 'LENA@example.com']) {
      const visitor = app.visitor();
      expect((await visitor.login(identifier)).location).toBe('/');
      expect(await visitor.whoami()).toBe('Lena');
    }
  });

  it('PW-01, PW-04 takes a password of 256 characters in every spelling', async () => {
    const words = ['été', 'forêt', 'château', 'garçon', 'élève', 'rêve', 'cœur à cœur', 'naïf'];
    const composed = words.join(' ').repeat(6).slice(0, 256).padEnd(256, 'é');
    const decomposed = composed.normalize('NFD');
    expect(decomposed.length).toBeGreaterThan(256);
    const more = { password: decomposed, passwordAgain: decomposed };
    expect((await app.visitor().register('Marie', more)).status).toBe(303);
    for (const password of [decomposed, composed]) {
      expect((await app.visitor().login('Marie', password)).location).toBe('/');
    }
    expect((await app.visitor().login('Marie', `${composed}é`)).status).toBe(422);
  });

  it('says the same for a wrong password and an unknown name, and keeps the name', async () => {
    const wrong = await app.visitor().login('Lena', 'not the password');
    const unknown = await app.visitor().login('Nobody', 'not the password');
    expect([wrong.status, unknown.status]).toEqual([422, 422]);
    expect(wrong.text).toContain('We couldn’t find that combination');
    expect(wrong.html).toContain('value="Lena"');
  });

  it('leads back to the page that was asked for', async () => {
    const visitor = app.visitor();
    const asked = await visitor.get('/settings/password');
    expect([asked.status, asked.location]).toEqual([303, '/login?next=%2Fsettings%2Fpassword']);
    expect((await visitor.get(asked.location ?? '')).text).toContain('Log in to open that page.');
    const login = await visitor.submit(
      asked.location ?? '',
      { identifier: 'Lena', password: PASSWORD },
      '/login',
    );
    expect(login.location).toBe('/settings/password');
  });

  it('logs out by a button, and the login page says so', async () => {
    const visitor = app.visitor();
    await visitor.login('Lena');
    expect((await visitor.get('/logout')).status).toBe(200);
    expect(await visitor.whoami()).toBe('Lena');
    const answer = await visitor.logout();
    // A browser would clear the whole of its cache for it, for seconds.
    expect(answer.headers.get('clear-site-data')).toBeNull();
    expect((await visitor.get(answer.location ?? '')).text).toContain('You have logged out.');
    expect(await visitor.whoami()).toBeNull();
  });

  it('remembers a person for 30 idle days who asked for it, beyond the end of the browser', async () => {
    const cookieOf = async (more: Record<string, string>) => {
      const login = await app.visitor().login('Lena', PASSWORD, more);
      return login.headers.getSetCookie().find((cookie) => cookie.startsWith('test-session='));
    };
    expect(await cookieOf({})).not.toMatch(/expires|max-age/i);
    const ends = /Expires=([^;]+)/.exec((await cookieOf({ remember: 'yes' })) ?? '')?.[1] ?? '';
    expect(Math.round((Date.parse(ends) - Date.now()) / 86_400_000)).toBe(90);
    const sessions = Object.values((await app.user('Lena'))?.['sessions'] ?? {});
    expect(sessions).toContainEqual(expect.objectContaining({ remember: true }));
  });

  it('S14-S20 leads the addresses of the original to today’s pages', async () => {
    const visitor = app.visitor();
    const today: Record<string, string> = {
      register: '/register',
      login: '/login',
      logout: '/logout',
      settings: '/settings',
      delete_account: '/settings/delete',
    };
    for (const provider of ['google', 'github', 'facebook']) {
      today[`${provider}_oauth`] = '/login';
      today[`${provider}_oauth_disconnect`] = '/settings/identities';
    }
    for (const [old, path] of Object.entries(today)) {
      expect((await visitor.get(`/users/${old}`)).location).toBe(path);
    }
    expect((await visitor.get('/users/constructor')).status).toBe(404);
  });
});

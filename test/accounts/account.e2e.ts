import { startApp, type TestApp } from '../support/app.js';
import { PASSWORD } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

describe('registering', () => {
  it('makes an account, signs the person in and greets them once', async () => {
    const ann = app.visitor();
    const answer = await ann.register('Ann');
    expect([answer.status, answer.location]).toEqual([303, '/']);
    const home = await ann.get('/');
    expect(home.text).toContain('Thanks for registering.');
    expect(home.text).toContain('Welcome, Ann.');
    expect(home.text).toContain('Ann@example.com');
    expect((await ann.get('/')).text).not.toContain('Thanks for registering.');
  });

  it('keeps what was typed, but no password, when something is wrong', async () => {
    const visitor = app.visitor();
    const answer = await visitor.register('Second', {
      email: 'no-address',
      passwordAgain: 'something else',
    });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('This does not look like an e-mail address');
    expect(answer.text).toContain('The two passwords are not the same');
    expect(answer.html).toContain('value="no-address"');
    expect(answer.html).toContain('value="The real Second"');
    expect(answer.html).not.toContain(PASSWORD);
    expect(answer.html).toContain('<title>Error:');
    expect(answer.html).toMatch(/aria-invalid="true"\s+aria-describedby="email-error"/);
    expect(await app.users()).toHaveLength(1);
  });

  it('says beside the field that a name or an address is taken, in any case', async () => {
    const sameName = await app.visitor().register('ANN', { email: 'other@example.com' });
    expect([sameName.status, sameName.text]).toEqual([
      422,
      expect.stringContaining('This user name is already taken'),
    ]);
    const sameAddress = await app.visitor().register('Other', { email: 'ann@EXAMPLE.com' });
    expect([sameAddress.status, sameAddress.text]).toEqual([
      422,
      expect.stringContaining('This e-mail address already has an account'),
    ]);
  });

  it('sends a person who is signed in home from /register and /login, without signing them out', async () => {
    const visitor = app.visitor();
    await visitor.register('stays');
    expect((await visitor.get('/register')).location).toBe('/');
    expect((await visitor.get('/login')).location).toBe('/');
    expect(await visitor.whoami()).toBe('stays');
  });
});

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

describe('home', () => {
  it('S107, S108 shows what is stored about a person, and says plainly what is not there', async () => {
    const person = await app.person('shown');
    const home = await person.get('/');
    expect(home.text).toMatch(
      /User name shown Name The real shown E-mail address shown@example.com/,
    );
    expect(home.text).toContain('Password Set');
    const gone = { name: 1, email: 1, emailCanonical: 1, passwordHash: 1 };
    await app.db.collection('users').updateOne({ username: 'shown' }, { $unset: gone });
    const bare = (await person.get('/')).text;
    expect(bare).toContain('Name Not given E-mail address Not given Password Not set');
    expect(bare).not.toMatch(/None|null|undefined/);
  });
});

describe('settings', () => {
  it('change the user name and the name, and nothing else', async () => {
    const visitor = app.visitor();
    await visitor.register('Before');
    const answer = await visitor.submit('/settings', { username: 'After', name: '' });
    expect(answer.location).toBe('/settings');
    const page = await visitor.get('/settings');
    expect(page.text).toContain('Your profile is saved.');
    expect(await visitor.whoami()).toBe('After');
    expect((await app.visitor().login('After')).location).toBe('/');
    expect((await app.visitor().login('Before')).status).toBe(422);
  });

  it('let a person keep their own name in another case and refuse somebody else’s', async () => {
    const visitor = app.visitor();
    await visitor.register('casey');
    expect((await visitor.submit('/settings', { username: 'Casey', name: 'C' })).status).toBe(303);
    const taken = await visitor.submit('/settings', { username: 'ANN', name: 'C' });
    expect([taken.status, taken.text]).toEqual([
      422,
      expect.stringContaining('This user name is already taken'),
    ]);
  });

  it('change the address only with the password', async () => {
    const visitor = app.visitor();
    await visitor.register('mover');
    const wrong = await visitor.submit('/settings/email', {
      email: 'new@example.com',
      currentPassword: 'wrong password',
    });
    expect([wrong.status, wrong.text]).toEqual([
      422,
      expect.stringContaining('This is not your current password'),
    ]);
    const right = await visitor.submit('/settings/email', {
      email: 'new@example.com',
      currentPassword: PASSWORD,
    });
    expect(right.location).toBe('/settings/email');
    expect((await app.visitor().login('new@example.com')).location).toBe('/');
  });

  it('PW-09 change the password only with the current one, and not to the same', async () => {
    const visitor = app.visitor();
    await visitor.register('changer');
    const change = (currentPassword: string, newPassword: string) =>
      visitor.submit('/settings/password', {
        currentPassword,
        newPassword,
        newPasswordAgain: newPassword,
      });
    const next = 'four louder harbours';
    expect((await change('', next)).status).toBe(422);
    expect((await change('wrong password', next)).status).toBe(422);
    expect((await change(PASSWORD, PASSWORD)).text).toContain('This is your current password');
    expect((await change(PASSWORD, next)).location).toBe('/settings/password');
    expect((await app.visitor().login('changer', next)).location).toBe('/');
    expect((await app.visitor().login('changer')).status).toBe(422);
  });
});

describe('the rule for passwords', () => {
  it.each([
    ['7 chars', 'Use at least 8 characters'],
    ['x'.repeat(257), 'Use at most 256 characters'],
    ['password123', 'among the first that are tried'],
    ['abcabcabc', 'repeats itself'],
    ['ruled1234', 'too close to your name'],
    ['latchkey!!', 'too close to your name'],
  ])('PW-07, S58 is one for registering and for the settings: %s', async (password, reason) => {
    const twice = { password, passwordAgain: password };
    const registering = await app.visitor().register('ruled', twice);
    expect([registering.status, registering.text]).toEqual([422, expect.stringContaining(reason)]);
    const person = await app.person('ruled');
    const change = { currentPassword: PASSWORD, newPassword: password, newPasswordAgain: password };
    const changing = await person.submit('/settings/password', change);
    expect([changing.status, changing.text]).toEqual([422, expect.stringContaining(reason)]);
    await person.submit('/settings/delete', { currentPassword: PASSWORD });
  });

  it.each(['', 'four louder harbourz'])('S57 wants the new one twice: %j', async (again) => {
    const person = await app.person('twice');
    const change = { currentPassword: PASSWORD, newPassword: 'four louder harbours' };
    const answer = await person.submit('/settings/password', {
      ...change,
      newPasswordAgain: again,
    });
    expect(answer.status).toBe(422);
    expect((await app.visitor().login('twice')).location).toBe('/');
    await person.submit('/settings/delete', { currentPassword: PASSWORD });
  });

  it('PW-08 leaves managers, pasting and length to the person in every field', async () => {
    const person = await app.person('managed');
    const script = await person.get(
      /\/assets\/app[^"]*\.js/.exec((await person.get('/')).html)?.[0] ?? '',
    );
    expect(script.html).toContain('addEventListener');
    expect(script.html).not.toMatch(/paste/i);
    const pages: [string, string[]][] = [
      ['/settings/password', ['current-password', 'new-password', 'new-password']],
      ['/settings/email', ['current-password']],
      ['/settings/delete', ['current-password']],
      ['/login', ['current-password']],
      ['/register', ['new-password', 'new-password']],
    ];
    for (const [path, kinds] of pages) {
      const visitor = path.startsWith('/settings') ? person : app.visitor();
      const { html } = await visitor.get(path);
      const fields = html.match(/<input[^>]*name="[^"]*password[^"]*"[^>]*>/gi) ?? [];
      expect([path, fields.map((field) => /autocomplete="([^"]*)"/.exec(field)?.[1])]).toEqual([
        path,
        kinds,
      ]);
      for (const field of fields) {
        expect(field).toContain('type="password"');
        expect(field).not.toMatch(/maxlength|pattern|readonly|\son\w+=/i);
      }
    }
  });
});

describe('deleting the account', () => {
  it('SU-04 asks for the password, then leaves nothing that names the person', async () => {
    const visitor = app.visitor();
    await visitor.register('leaver');
    const phone = app.visitor();
    await phone.login('leaver');
    const wrong = await visitor.submit('/settings/delete', { currentPassword: 'wrong password' });
    expect(wrong.status).toBe(422);
    expect((await visitor.get('/settings')).status).toBe(200);

    const user = (await app.users()).find((each) => each['username'] === 'leaver');
    const done = await visitor.submit('/settings/delete', { currentPassword: PASSWORD });
    expect(done.location).toBe('/');
    expect((await visitor.get('/')).text).toContain('Your account is deleted.');
    expect(await phone.whoami()).toBeNull();

    const everything = await Promise.all(
      ['users', 'one-time', 'throttle'].map((name) => app.db.collection(name).find().toArray()),
    );
    const dump = JSON.stringify(everything);
    expect(dump).not.toContain('leaver');
    expect(dump).not.toContain(String(user?.['_id']));
  });

  it('LK-09 gives the next owner of the name nothing of the old account', async () => {
    const old = app.visitor();
    await old.register('phoenix');
    const thief = old.copy();
    await old.submit('/settings/delete', { currentPassword: PASSWORD });
    await app.visitor().register('phoenix', {
      password: 'another long phrase',
      passwordAgain: 'another long phrase',
    });
    expect(await thief.whoami()).toBeNull();
    expect((await app.visitor().login('phoenix')).status).toBe(422);
  });
});

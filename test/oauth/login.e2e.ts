import { keyAt } from '../support/identities.js';
import { startApp, type TestApp } from '../support/app.js';
import { decide, startFlow, goThrough, reauthenticate } from '../support/flows.js';

const PROVIDERS = ['google', 'github', 'facebook', 'gitlab'];

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

// As the schema has it.
const identitiesOf = async () =>
  (await app.users()).flatMap(({ identities }) => identities as { key: string }[]);

describe.each(PROVIDERS)('logging in with %s', (provider) => {
  const person = {
    subject: `81${provider.length}`,
    name: `Nora ${provider}`,
    login: 'nora',
    email: `n@${provider}.org`,
  };

  it('registers a person at the first time, greets them, and logs them in at the next', async () => {
    const visitor = app.visitor();
    expect((await goThrough(app.stub, visitor, provider, person)).location).toBe('/');
    const home = await visitor.get('/');
    const username = await visitor.whoami();
    expect(username).toMatch(/^nora\d*$/);
    expect(home.text).toContain('Thanks for registering.');
    expect(home.text).toContain(`Welcome, ${username}.`);
    expect(home.text).toContain('That’s your username here');
    expect(home.text).toContain(person.name);

    const again = app.visitor();
    expect((await goThrough(app.stub, again, provider, person)).location).toBe('/');
    const greeting = await again.get('/');
    expect(greeting.text).toContain(`Welcome, ${username}.`);
    expect(greeting.text).not.toContain('Thanks for registering.');
    expect(await again.whoami()).toBe(username);
  });

  it('S10 says to the provider which application asks', async () => {
    const before = app.stub.requests.length;
    await goThrough(app.stub, app.visitor(), provider, person);
    const agents = app.stub.requests
      .slice(before)
      .filter(({ endpoint }) => ['token', 'userInfo', 'emails'].includes(endpoint))
      .map(({ headers }) => headers['user-agent']);
    expect(agents.length).toBeGreaterThanOrEqual(2);
    expect(new Set(agents)).toEqual(new Set(['Latchkey']));
  });

  it('lets them change the user name at once', async () => {
    const visitor = app.visitor();
    await goThrough(app.stub, visitor, provider, {
      ...person,
      subject: `82${provider.length}`,
      email: null,
    });
    const username = `renamed-${provider}`;
    const answer = await visitor.submit('/settings/profile', { username, name: 'Other' });
    expect(answer.status).toBe(303);
    expect(await visitor.whoami()).toBe(username);
  });

  it('leads back to the page that was asked for', async () => {
    const visitor = app.visitor();
    const wanted = await visitor.get('/settings/password');
    const login = wanted.location ?? '';
    const address = await startFlow(visitor, login, `/oauth/${provider}`);
    const back = await visitor.get(await decide(app.stub, address, person));
    expect(back.location).toBe('/settings/password');
  });

  it('says so when the person declines, and nothing happens', async () => {
    const before = await app.users();
    const visitor = app.visitor();
    const back = await goThrough(app.stub, visitor, provider, 'denies');
    expect(back.location).toBe('/login');
    expect((await visitor.get('/login')).text).toContain('You cancelled at ');
    expect(await visitor.whoami()).toBeNull();
    expect(await app.users()).toEqual(before);
  });

  it('keeps the address only where the provider vouches for it', async () => {
    const stored = async (differs: object) => {
      await goThrough(app.stub, app.visitor(), provider, differs);
      return (await app.users()).at(-1);
    };
    const email = `vouched@${provider}.example`;
    const vouched = await stored({ subject: '8301', email, emailVerified: true });
    const vouches = provider !== 'facebook';
    expect([vouched?.['email'], vouched?.['emailVerifiedAt'] instanceof Date]).toEqual(
      vouches ? [email, true] : [undefined, false],
    );
    for (const emailVerified of [false, 'false'] as const) {
      const flag = typeof emailVerified;
      const subject = `84${provider.length}${flag.length}`;
      const plain = await stored({ subject, email: `not-${email}`, emailVerified });
      expect(plain).not.toHaveProperty('email');
      expect(plain).not.toHaveProperty('emailClaim');
      expect(plain).not.toHaveProperty('emailVerifiedAt');
    }
    expect(await stored({ subject: `8${provider.length}9`, email: null })).not.toHaveProperty(
      'email',
    );
  });
});

describe('an identity', () => {
  it('OA-09 is the provider and the subject, and nothing else', async () => {
    const who = async (provider: string, person: object) => {
      const visitor = app.visitor();
      await goThrough(app.stub, visitor, provider, { email: null, ...person });
      return visitor.whoami();
    };
    const first = await who('google', { subject: '900', name: 'Olga One', login: 'olga' });
    expect(await who('github', { subject: '900', name: 'Olga Two', login: 'olga' })).not.toBe(
      first,
    );
    expect(await who('google', { subject: '901', name: 'Olga One', login: 'olga' })).not.toBe(
      first,
    );
    expect(
      await who('google', { subject: '900', name: 'New', login: 'new', email: 'n@x.org' }),
    ).toBe(first);
  });

  it.each(PROVIDERS)('OA-09 keeps every digit of a subject at %s', async (provider) => {
    const [one, two] = [app.visitor(), app.visitor()];
    await goThrough(app.stub, one, provider, { subject: '9007199254740993', email: null });
    await goThrough(app.stub, two, provider, { subject: '9007199254740992', email: null });
    expect(await one.whoami()).not.toBe(await two.whoami());
    const kept = await identitiesOf();
    for (const subject of ['9007199254740993', '9007199254740992']) {
      const key = keyAt(provider, { subject });
      expect(kept).toContainEqual(expect.objectContaining({ provider, key }));
    }
  });

  it('RC-03 makes one account when it arrives 20 times at once', async () => {
    const person = { subject: '777', name: 'Twenty Times', email: 'twenty@example.com' };
    const jars = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const visitor = app.visitor();
        const address = await startFlow(visitor, '/login', '/oauth/google');
        return { visitor, callback: await decide(app.stub, address, person) };
      }),
    );
    await Promise.all(jars.map(({ visitor, callback }) => visitor.get(callback)));
    const names = await Promise.all(jars.map(({ visitor }) => visitor.whoami()));
    expect(new Set(names).size).toBe(1);
    expect(names[0]).toMatch(/^twenty\d*$/);
    const key = keyAt('google', person);
    expect(
      (await identitiesOf()).map((each) => each.key).filter((each) => each === key),
    ).toHaveLength(1);
    expect((await app.users()).filter(({ email }) => email === person.email)).toHaveLength(1);
  });

  it('LK-09 comes to a new account after the old one was deleted, and finds nothing of it', async () => {
    const person = { subject: '4441', name: 'Come Back', email: 'back@example.com' };
    const first = app.visitor();
    await goThrough(app.stub, first, 'google', person);
    await first.submit('/settings/profile', { username: 'come-back', name: 'A secret' });
    await reauthenticate(app.stub, first, 'google', person);
    const thief = first.copy();
    await first.deleteAccount({});
    expect(await first.whoami()).toBeNull();
    const second = app.visitor();
    await goThrough(app.stub, second, 'google', person);
    expect((await second.get('/')).text).not.toContain('A secret');
    expect(await thief.whoami()).toBeNull();
  });
});

it('lasts beyond the end of the browser for whoever asked for it, by the page without scripts too', async () => {
  const session = async (page: string) => {
    const { headers } = await goThrough(app.stub, app.visitor(), 'google', 'ordinary', { page });
    return headers.getSetCookie().find((cookie) => cookie.startsWith('test-session='));
  };
  expect((await app.visitor().get('/login?next=/settings')).html).toContain(
    '<a href="?remember=yes&amp;next=%2Fsettings">Stay logged in on this device</a>',
  );
  expect(await session('/login')).not.toContain('Max-Age');
  expect(await session('/login?remember=yes')).toContain('Max-Age=7776000');
});

import { startApp, type TestApp } from '../support/app.js';
import { decide, startFlow, goThrough } from '../support/flows.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
  await app.visitor().register('taken', { email: 'taken@example.com' });
});
afterAll(() => app.close());

let subjects = 0;

async function registered(person: { name: string; login?: string }, provider = 'github') {
  const visitor = app.visitor();
  const subject = String(++subjects);
  const answer = await goThrough(app.stub, visitor, provider, {
    login: '',
    email: null,
    ...person,
    subject,
  });
  expect(answer.location).toBe('/');
  const username = await visitor.whoami();
  const stored = (await app.users()).find((user) => user['username'] === username);
  return { visitor, username: username ?? '', stored };
}

describe('the user name of somebody from a provider', () => {
  it.each([
    ['the first word, in lower case', { name: 'Zoe Maria Field' }, 'zoe'],
    ['without accents', { name: 'José Ángel' }, 'jose'],
    ['with the letters of Łukasz', { name: 'Łukasz Żak' }, 'lukasz'],
    ['with the letters of Søren', { name: 'Søren' }, 'soren'],
    ['with the letters of Đức', { name: 'Đức Nguyễn' }, 'duc'],
    ['with the letters of Strauß', { name: 'Strauß' }, 'strauss'],
    ['with the letters of Þóra', { name: 'Þóra' }, 'thora'],
    ['with the letters of Işıl', { name: 'Işıl' }, 'isil'],
    ['with the letters of Иван', { name: 'Иван' }, 'ivan'],
    ['with the letters of Γιώργος', { name: 'Γιώργος' }, 'giorgos'],
    ['without what can’t be seen', { name: '\u200b\u2060Uma\u200b Field' }, 'uma'],
    ['of full-width letters', { name: 'Ｂｅａ Field' }, 'bea'],
    ['counted on when too short', { name: 'Al' }, 'al1'],
    ['filled up when it is one letter', { name: 'Q' }, 'q_1'],
    ['counted on when taken', { name: 'TAKEN' }, 'taken1'],
    ['counted on again', { name: 'Taken' }, 'taken2'],
    ['the login where the name has none', { name: '王小明', login: 'Ming-42' }, 'ming-42'],
    ['the login where there is no name', { name: '', login: 'octo' }, 'octo'],
    ['a common one where there is nothing', { name: '', login: '' }, 'member'],
    ['counted on where there is nothing either', { name: '😀', login: '...' }, 'member1'],
    ['cut', { name: 'x'.repeat(300) }, 'x'.repeat(40)],
    ['cut shorter for the number', { name: 'x'.repeat(300) }, `${'x'.repeat(39)}1`],
  ])('S92 is %s', async (_how, person, expected) => {
    expect((await registered(person)).username).toBe(expected);
  });

  it.each([
    'admin',
    'ADMIN',
    'ａｄｍｉｎ',
    'root',
    'settings',
    'oauth',
    'constructor',
    '__proto__',
  ])('UN-08, IN-03 is not the kept one %s', async (name) => {
    const { username } = await registered({ name, login: name });
    expect(username).toMatch(/^[a-z_]+\d+$/);
  });

  it.each(['аdmin', 'pаypal', 'a\u200Bdmin', 'al\u202Eice', 'bob\u0000by', '../../etc', "o'hara"])(
    'UN-02, UN-03, UN-04 is plain ASCII for %j',
    async (name) => {
      expect((await registered({ name })).username).toMatch(/^[a-z0-9_-]{3,40}$/);
    },
  );

  it('RC-01 is another one for each of 50 who arrive at once', async () => {
    const jars = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const visitor = app.visitor();
        const address = await startFlow(visitor, '/login', '/oauth/google');
        const person = { subject: `fifty-${++subjects}`, name: 'Fifty Fold', email: null };
        return { visitor, callback: await decide(app.stub, address, person) };
      }),
    );
    await Promise.all(jars.map(({ visitor, callback }) => visitor.get(callback)));
    const names = (await app.users())
      .map((user) => String(user['username']))
      .filter((name) => name.startsWith('fifty'));
    expect(names).toHaveLength(50);
    expect(new Set(names).size).toBe(50);
    expect(names).toContain('fifty');
    expect(await jars[0]?.visitor.whoami()).toMatch(/^fifty\d*$/);
  });
});

describe('a hostile profile', () => {
  it('OA-12, XS-01, IN-06, UN-04 is shown as text, without what hides in it', async () => {
    const name = '<img src=x onerror=alert(1)>{{7*7}}${7*7}\u202Egnp.exe\u0000\u200B';
    const { visitor, stored } = await registered({ name, login: '"><script>' });
    expect(stored?.['name']).toBe('<img src=x onerror=alert(1)>{{7*7}}${7*7}gnp.exe');
    for (const page of ['/', '/settings/profile', '/settings/identities']) {
      const { status, html } = await visitor.get(page);
      expect(status).toBe(200);
      expect(html).not.toContain('<img src=x');
      expect(html).not.toContain('<script>alert');
    }
    expect((await visitor.get('/')).text).toContain('{{7*7}}');
  });

  it.each(['hostile', 'endless-name', 'empty-name'])(
    'OA-12 makes an account with a safe name, and no picture is fetched: %s',
    async (person) => {
      for (const provider of ['google', 'github', 'facebook', 'gitlab']) {
        const visitor = app.visitor();
        const before = app.stub.requests.length;
        const answer = await goThrough(app.stub, visitor, provider, person);
        expect([provider, answer.location]).toEqual([
          provider,
          provider === 'google' || provider === 'facebook' ? '/' : expect.any(String),
        ]);
        const endpoints = app.stub.requests.slice(before).map(({ endpoint }) => endpoint);
        expect(endpoints).not.toContain('trap');
        expect(endpoints).not.toContain('unknown');
      }
      for (const { username, name = 'none' } of await app.users()) {
        expect(String(username)).toMatch(/^[A-Za-z0-9_-]{3,40}$/);
        expect(Array.from(String(name)).length).toBeLessThanOrEqual(80);
        expect(String(name)).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
      }
    },
  );

  it.each([
    'not an address',
    'a@b',
    `${'a'.repeat(100)}@example.com`,
    'a b@example.com',
    '<x>@y.z',
  ])('IN-02 has an address that breaks our rules, and it is left out: %s', async (email) => {
    const visitor = app.visitor();
    await goThrough(app.stub, visitor, 'google', { subject: `bad-${++subjects}`, email });
    const username = await visitor.whoami();
    expect(username).not.toBeNull();
    const stored = (await app.users()).find((user) => user['username'] === username);
    expect(stored).not.toHaveProperty('email');
  });
});

import { startApp, type TestApp } from '../support/app.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

let app: TestApp;
let ann: Visitor;
beforeAll(async () => {
  app = await startApp();
  await app.owner('taken');
  ann = app.visitor();
  await ann.register('Ann');
});
afterAll(() => app.close());

/** The sentences beside the fields, by field, in the order of the page's summary. */
function mistakes(html: string): [string, string][] {
  const summary = html.slice(html.indexOf('error-summary'), html.indexOf('</ul>'));
  return [...summary.matchAll(/<a href="#(\w+)">(.*?)<\/a>/g)].map(([, field = '', text = '']) => [
    field,
    text.replace(/^.*?: /, ''),
  ]);
}

function mistaken(html: string): string[] {
  return mistakes(html).map(([field]) => field);
}

const AGAIN = 'We cleared this to keep it safe';

describe('a form with several mistakes', () => {
  it('tells all of a registration at once: rules, password, taken name and taken address', async () => {
    const visitor = app.visitor();
    const answer = await visitor.register('TAKEN', {
      email: 'Taken@Example.com',
      name: 'x'.repeat(81),
      password: 'password',
      passwordAgain: 'passwort',
    });
    expect(answer.status).toBe(422);
    expect(mistaken(answer.html)).toEqual([
      'email',
      'username',
      'name',
      'password',
      'passwordAgain',
    ]);
    expect(answer.text).toContain('This email address already has an account');
    expect(answer.text).toContain('This username is taken');
    expect(answer.text).toContain('This password is too easy to guess');
    expect(answer.html).toContain('value="TAKEN"');
    expect(answer.html).not.toContain('passwort');
  });

  it('tells of a taken name beside an address that is none', async () => {
    const answer = await app.visitor().register('taken', { email: 'no-address' });
    expect(mistaken(answer.html)).toEqual(['email', 'username']);
    const other = await app.visitor().register('a b', { email: 'taken@example.com' });
    expect(mistaken(other.html)).toEqual(['email', 'username']);
  });

  it('says that a password was emptied, and to a screen reader', async () => {
    const answer = await app.visitor().register('taken', { email: 'free@example.com' });
    expect(mistaken(answer.html)).toEqual(['username']);
    expect(answer.text.split(AGAIN)).toHaveLength(3);
    expect(answer.html).toMatch(
      /id="password"[^>]*aria-describedby="password-hint password-emptied"/,
    );
    expect(answer.html).toMatch(/id="passwordAgain"[^>]*aria-describedby="passwordAgain-emptied"/);
    const empty = await app.visitor().register('a b', { password: '', passwordAgain: '' });
    expect(empty.text).not.toContain(AGAIN);
  });

  it('tells all of the profile at once', async () => {
    const answer = await ann.submit('/settings/profile', {
      username: 'Taken',
      name: 'x'.repeat(81),
    });
    expect([answer.status, mistaken(answer.html)]).toEqual([422, ['username', 'name']]);
    expect(await ann.whoami()).toBe('Ann');
  });

  it('tells all of a new password at once, before the current one is tried', async () => {
    const answer = await ann.submit('/settings/password', {
      currentPassword: 'not it',
      newPassword: 'password',
      newPasswordAgain: 'passwort',
    });
    expect(mistaken(answer.html)).toEqual(['newPassword', 'newPasswordAgain']);
    expect(answer.text).toContain(AGAIN);
    expect(app.log.join('')).not.toContain('wrong-password');
  });

  it('tells of a name that is not typed beside a missing password', async () => {
    const answer = await ann.submit('/settings/delete', { confirmation: 'x', currentPassword: '' });
    expect(mistaken(answer.html)).toEqual(['confirmation', 'currentPassword']);
  });

  it('lets the unique index decide between two who were told the name is free', async () => {
    const visitors = [app.visitor(), app.visitor(), app.visitor()];
    const answers = await Promise.all(
      visitors.map((visitor, n) => visitor.register('race', { email: `race${n}@example.com` })),
    );
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    const lost = answers.find(({ status }) => status === 422);
    expect(mistaken(lost?.html ?? '')).toEqual(['username']);
  });
});

describe('what people type', () => {
  it('may have no name, in registration as in the profile', async () => {
    const visitor = app.visitor();
    expect((await visitor.register('nameless', { name: '' })).status).toBe(303);
    const stored = (await app.users()).find(({ username }) => username === 'nameless');
    expect(stored).not.toHaveProperty('name');
    expect((await visitor.get('/')).text).toContain('nameless');
  });

  it('UN-01 is an address of 254 characters, stored and found as it is mailed', async () => {
    const local = `Very.Long+${'x'.repeat(54)}`;
    const typed = `${local}@BÜCHER.${`${'a'.repeat(49)}.`.repeat(3)}${'b'.repeat(21)}.com`;
    const address = typed.replace('BÜCHER', 'xn--bcher-kva');
    expect(address).toHaveLength(254);
    const visitor = app.visitor();
    expect((await visitor.register('long', { email: `\u200b ${typed}\u2060` })).status).toBe(303);
    const stored = (await app.users()).find(({ username }) => username === 'long');
    expect(stored).toMatchObject({ email: address, emailClaim: `1 ${address.toLowerCase()}` });
    expect((await visitor.get('/settings/email')).html).toContain(`value="${address}"`);
    const empty = await app.visitor().login('\u200b');
    expect(mistakes(empty.html)).toEqual([['identifier', expect.stringContaining('Enter your')]]);
    for (const identifier of [typed, typed.toLowerCase(), address, `\u200e${address}\u200e`]) {
      expect((await app.visitor().login(identifier)).location).toBe('/');
    }
  });

  it('UN-01 makes no account reachable by a look-alike of its domain', async () => {
    await app.visitor().register('sharp', { email: 'ada@strasse.example' });
    for (const [n, domain] of ['stra\u00dfe', '\u017ftrasse', 'STRA\u1e9eE'].entries()) {
      const answer = await app.visitor().login(`ada@${domain}.example`);
      // U+017F is an "s" to the name system, the sharp s is none.
      expect([domain, answer.status]).toEqual([domain, n === 1 ? 303 : 422]);
    }
    const own = await app.visitor().register('sharper', { email: 'ada@stra\u00dfe.example' });
    expect(own.status).toBe(303);
  });

  it('UN-08 keeps a name that was reserved later, while its owner changes the rest', async () => {
    const visitor = app.visitor();
    await visitor.register('early');
    const users = app.db.collection('users');
    await users.updateOne(
      { username: 'early' },
      { $set: { username: 'Support', usernameCanonical: 'support' } },
    );
    const kept = await visitor.submit('/settings/profile', {
      username: 'support',
      name: 'New name',
    });
    expect(kept.status).toBe(303);
    const other = await visitor.submit('/settings/profile', {
      username: 'admin',
      name: 'New name',
    });
    expect(mistaken(other.html)).toEqual(['username']);
  });

  it.each(['admin', 'ROOT', 'Login', '__proto__', 'constructor', 'toString', 'well-known'])(
    'UN-08 is not the kept name %s',
    async (username) => {
      const email = `kept-${username}@example.com`;
      const answer = await app.visitor().register(username, { email });
      expect(mistakes(answer.html)).toEqual([
        ['username', expect.stringContaining('This username is reserved')],
      ]);
    },
  );

  it('IN-08 costs no time beyond its length', async () => {
    const visitor = app.visitor();
    const long = `${'ﷺ'.repeat(800)}@example.com`;
    const password = '\u0344'.repeat(800);
    const started = process.cpuUsage();
    expect((await visitor.login(long, password)).status).toBe(422);
    expect((await visitor.login('taken', password)).status).toBe(422);
    const answer = await visitor.register('long-one', { email: long, password: PASSWORD });
    expect(mistaken(answer.html)).toContain('email');
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(3_000);
  });
});

import { startApp, type TestApp } from '../support/app.js';
import { IDENTITIES, someone } from '../support/identities.js';
import { decide, startFlow, goThrough, providerAddress, reauthenticate } from '../support/flows.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const PROVIDERS = ['google', 'github', 'facebook', 'gitlab'];
const SECRETS = /stub-(access|refresh|code|secret)-/;

async function everythingStored(): Promise<string> {
  const collections = (await app.db.db?.listCollections().toArray()) ?? [];
  const all = await Promise.all(
    collections.map(({ name }) => app.db.collection(name).find().toArray()),
  );
  return JSON.stringify(all);
}

describe('a provider’s tokens', () => {
  it('OA-13, LE-01 stand nowhere in the database, the log, the pages or the headers', async () => {
    const seen: string[] = [];
    const look = async (visitor: Visitor, path: string) => {
      const { html, headers } = await visitor.get(path);
      seen.push(html, JSON.stringify([...headers]), JSON.stringify([...visitor.cookies]));
    };
    for (const provider of PROVIDERS) {
      const visitor = app.visitor();
      const start = await startFlow(visitor, '/login', `/oauth/${provider}`);
      const who = someone();
      await look(visitor, await decide(app.stub, start, who));
      for (const page of ['/', '/settings/profile', IDENTITIES, '/settings/delete'])
        await look(visitor, page);
      // The code of a flow that failed, and of one that waits for its person.
      const failing = app.visitor();
      await goThrough(
        app.stub,
        failing,
        provider,
        someone({ behaviour: { at: 'userInfo', does: 'breaks' } }),
      );
      await look(failing, '/login');
    }
    await app.owner('waits-for');
    const waiting = app.visitor();
    await goThrough(app.stub, waiting, 'google', someone({ email: 'waits-for@example.com' }));
    await look(waiting, '/pending-link');

    const stored = await everythingStored();
    expect(stored).toContain('sealedToken"');
    expect(stored).toContain('pending link');
    expect(stored).not.toMatch(SECRETS);
    expect(app.log.join('')).toContain('provider-failed');
    expect(app.log.join('')).not.toMatch(SECRETS);
    expect(seen.join('')).not.toMatch(SECRETS);
    // The search would find them: they were there, at the provider.
    expect(JSON.stringify(app.stub.requests)).toMatch(SECRETS);
  });

  it('OA-13 are kept only sealed, for each link one, and go with it', async () => {
    const visitor = app.visitor();
    const who = someone({ name: 'Sealed' });
    await goThrough(app.stub, visitor, 'github', who);
    await goThrough(app.stub, visitor, 'google', who, { page: IDENTITIES, step: '/link' });
    const kept = async () => {
      const user = (await app.users()).find(({ username }) => username === 'sealed');
      // As the schema has it.
      const identities = user?.['identities'] as { provider: string; sealedToken?: string }[];
      return identities.filter(({ sealedToken }) => sealedToken).map(({ provider }) => provider);
    };
    expect(await kept()).toEqual(['github', 'google']);
    await visitor.submit(IDENTITIES, {}, `${IDENTITIES}/google/unlink`);
    expect(await kept()).toEqual(['github']);
  });
});

describe('an account without a password', () => {
  it('PW-12, EN-01 answers a login by password as nobody does', async () => {
    const visitor = app.visitor();
    await goThrough(
      app.stub,
      visitor,
      'google',
      someone({ name: 'Passless', email: 'passless@example.com' }),
    );
    expect(await visitor.whoami()).toBe('passless');
    const answer = async (identifier: string, password: string) => {
      const { status, location, headers, text } = await app.visitor().login(identifier, password);
      return [status, location, [...headers.keys()].toSorted(), text.replaceAll(identifier, 'WHO')];
    };
    for (const password of [' ', 'null', 'undefined', '!']) {
      expect(await answer('passless', password)).toEqual(await answer('nobody-there', password));
    }
    expect(await answer('passless@example.com', 'x')).toEqual(await answer('no@example.com', 'x'));
    expect((await app.visitor().login('passless', '')).status).toBe(422);
    await app.visitor().register('with-password');
    const honest = app.visitor();
    await honest.login('with-password');
    expect(await honest.whoami()).toBe('with-password');
  });

  it('SE-07 sets its first password with a fresh proof, and every other session ends', async () => {
    const who = someone({ name: 'Firstpass' });
    const [visitor, other] = [app.visitor(), app.visitor()];
    await goThrough(app.stub, visitor, 'google', who);
    await goThrough(app.stub, other, 'google', who);
    const first = { newPassword: PASSWORD, newPasswordAgain: PASSWORD };
    await reauthenticate(app.stub, visitor, 'google', who);
    expect((await visitor.submit('/settings/password', first)).status).toBe(303);
    expect([await visitor.whoami(), await other.whoami()]).toEqual(['firstpass', null]);
    const again = app.visitor();
    await again.login('firstpass');
    expect(await again.whoami()).toBe('firstpass');
  });
});

describe('the way back', () => {
  const NEXT: [string, string][] = [
    ['/settings/email', '/settings/email'],
    ['/settings?tab=1', '/settings?tab=1'],
    ['/logout', '/logout'],
    ['/oauth/google/callback?state=x', '/oauth/google/callback?state=x'],
    ...[
      '//evil.example',
      '/\\evil.example',
      'https:evil.example',
      'https://evil.example',
      '/.//evil.example',
      '/\t/evil.example',
      '/\r\n/evil.example',
      'javascript:alert(1)',
      'http://localhost@evil.example',
      'localhost.evil.example',
      `/${'x'.repeat(5_000)}`,
      '',
    ].map((next): [string, string] => [next, '/']),
  ];

  it.each(NEXT)('IN-12 of a login with next=%.40j leads to %.40j', async (next, expected) => {
    const visitor = app.visitor();
    const start = await visitor.submit('/login', { next }, '/oauth/google');
    expect(start.status).toBe(200);
    const answer = await visitor.get(await decide(app.stub, providerAddress(start), someone()));
    expect(answer.location).toBe(expected);
    const username = await visitor.whoami();
    expect(username).not.toBeNull();
    const { status } = await visitor.get(expected);
    expect([200, 303]).toContain(status);
    expect(await visitor.whoami()).toBe(username);
  });

  it.each(['next[]=/x', 'next[$ne]=/x', 'next=/a&next=/b', '__proto__[next]=/x'])(
    'IN-01, IN-02, IN-03 is not taken from %s',
    async (fields) => {
      const visitor = app.visitor();
      const _csrf = await visitor.token('/login');
      const body = `_csrf=${encodeURIComponent(_csrf)}&${fields}`;
      expect((await visitor.send('POST', '/oauth/google', { body })).status).toBe(400);
    },
  );

  it('OA-15 is never a 307 or 308, whatever the step', async () => {
    const visitor = app.visitor();
    const who = someone({ name: 'Steps' });
    const statuses = [(await goThrough(app.stub, visitor, 'google', who)).status];
    await reauthenticate(app.stub, visitor, 'google', who);
    await visitor.submit('/settings/password', {
      newPassword: PASSWORD,
      newPasswordAgain: PASSWORD,
    });
    const at = { page: IDENTITIES, step: '/link' } as const;
    statuses.push((await goThrough(app.stub, visitor, 'github', who, at)).status);
    statuses.push((await visitor.submit(IDENTITIES, {}, `${IDENTITIES}/google/unlink`)).status);
    await visitor.logout();
    const next = encodeURIComponent(app.stub.origin);
    const login = await visitor.login('steps', PASSWORD, { next: decodeURIComponent(next) });
    expect([...statuses, login.status]).toEqual([303, 303, 303, 303]);
    expect(login.location).toBe('/');
  });
});

it('RC-12 leaves nothing of an account that is deleted while it links and logs in', async () => {
  for (let round = 0; round < 5; round++) {
    const who = someone({ name: `Rounder${round}` });
    const visitor = app.visitor();
    await goThrough(app.stub, visitor, 'google', who);
    await reauthenticate(app.stub, visitor, 'google', who);
    const linked = someone();
    const link = await decide(
      app.stub,
      await startFlow(visitor, IDENTITIES, '/oauth/github/link'),
      linked,
    );
    const elsewhere = app.visitor();
    const login = await decide(
      app.stub,
      await startFlow(elsewhere, '/login', '/oauth/google'),
      who,
    );
    const body = {
      _csrf: await visitor.token('/settings/delete'),
      confirmation: `rounder${round}`,
    };
    const before = (await app.users()).find(({ username }) => username === `rounder${round}`);
    await Promise.all([
      visitor.copy().send('POST', '/settings/delete', { body }),
      visitor.copy().get(link),
      elsewhere.get(login),
    ]);
    const id = String(before?.['_id']);
    const users = await app.users();
    expect(users.map(({ _id }) => String(_id))).not.toContain(id);
    expect(JSON.stringify(users)).not.toContain(` ${linked.subject}"`);
    // Whoever came in after the deletion has an account of their own.
    expect(await visitor.whoami()).toBeNull();
    const now = users.filter(({ identities }) => JSON.stringify(identities).includes(who.subject));
    expect((await elsewhere.whoami()) === null).toBe(now.length === 0);
  }
});

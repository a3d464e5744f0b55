import { startApp, type TestApp } from '../support/app.js';
import { IDENTITIES, someone } from '../support/identities.js';
import { callbackOf, refused, tokenRequests } from '../support/callbacks.js';
import { decide, startFlow, goThrough, providerAddress } from '../support/flows.js';
import { PASSWORD } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

describe('a session', () => {
  it('SE-01 gets a new id by the login, and the planted one stays anonymous', async () => {
    const victim = app.visitor();
    const planted = victim.copy();
    const callback = await callbackOf(app, victim, someone());
    for (const [name, value] of victim.cookies) planted.cookies.set(name, value);
    await victim.get(callback);
    expect(await victim.whoami()).not.toBeNull();
    expect(await planted.whoami()).toBeNull();
  });

  it('SE-04 carries nothing of one person over to the next', async () => {
    const visitor = app.visitor();
    const token = await visitor.token('/login');
    await goThrough(app.stub, visitor, 'google', someone());
    const first = await visitor.whoami();
    const stale = await visitor.send('POST', '/settings/profile', {
      body: { _csrf: token, username: 'taken-over', name: '' },
    });
    expect(stale.status).toBe(403);
    const linkFlow = await startFlow(visitor, IDENTITIES, '/oauth/github/link');
    const callback = await decide(app.stub, linkFlow, someone());
    await visitor.logout();
    await goThrough(app.stub, visitor, 'google', someone());
    const second = await visitor.whoami();
    expect(second).not.toBe(first);
    await refused(app, visitor, callback, second);
  });

  it('LK-08, OA-06 of somebody signed in meanwhile is not changed by a login that comes late', async () => {
    const visitor = app.visitor();
    const callback = await callbackOf(app, visitor, someone());
    await visitor.register('meanwhile');
    await refused(app, visitor, callback, 'meanwhile');
    expect((await visitor.submit('/', {}, '/oauth/google')).location ?? '/').toBe('/');
  });

  it('SE-07 that ended between start and callback links and confirms nothing', async () => {
    const owner = await app.person('raised');
    const thief = app.visitor();
    await thief.login('raised');
    const callback = await decide(
      app.stub,
      await startFlow(thief, IDENTITIES, '/oauth/google/link'),
      someone(),
    );
    const change = {
      currentPassword: PASSWORD,
      newPassword: `${PASSWORD}!`,
      newPasswordAgain: `${PASSWORD}!`,
    };
    expect((await owner.submit('/settings/password', change)).status).toBe(303);
    await refused(app, thief, callback);
    expect(await owner.whoami()).toBe('raised');
  });

  it('LK-11 links no identity to the account that another person logs in to meanwhile', async () => {
    const visitor = await app.person('starts');
    const start = await startFlow(visitor, IDENTITIES, '/oauth/google/link');
    const callback = await decide(app.stub, start, someone());
    await visitor.logout();
    await visitor.register('finishes');
    await refused(app, visitor, callback, 'finishes');
  });

  it('RC-12 of an account that is deleted during the round trip comes to nothing', async () => {
    const visitor = await app.person('gone-soon');
    const start = await startFlow(visitor, IDENTITIES, '/oauth/google/link');
    const who = someone();
    const callback = await decide(app.stub, start, who);
    const other = app.visitor();
    await other.login('gone-soon');
    await other.deleteAccount();
    await refused(app, visitor, callback);
    expect(JSON.stringify(await app.users())).not.toContain(` ${who.subject}"`);
  });
});

describe('parallel tabs', () => {
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];

  it.each(orders)('OA-06 never cross, finished in the order %d %d %d', async (...order) => {
    const visitor = app.visitor();
    const flows: string[] = [];
    for (const provider of ['google', 'github', 'google']) {
      const who = { ...someone(), name: `Tab${flows.length}${order.join('')}` };
      flows.push(await callbackOf(app, visitor, who, provider));
    }
    const [first = 0, ...rest] = order;
    expect((await visitor.get(flows[first] ?? '')).location).toBe('/');
    const name = `tab${first}${order.join('')}`;
    expect(await visitor.whoami()).toBe(name);
    for (const later of rest) await refused(app, visitor, flows[later] ?? '', name);
  });

  it('OA-06 of a failed try do not stop the next one', async () => {
    const visitor = app.visitor();
    const good = await callbackOf(app, visitor, someone());
    await goThrough(app.stub, visitor, 'github', 'denies');
    await visitor.get(good);
    expect(await visitor.whoami()).not.toBeNull();
  });
});

describe('a flow', () => {
  it('CS-02, CS-06 is started by no GET, no HEAD and no form of another site', async () => {
    const visitor = await app.person('unmoved');
    const flows = () => app.db.collection('one-time').countDocuments();
    const before = await flows();
    const paths = ['', '/link', '/confirm'].map((step) => `/oauth/google${step}`);
    for (const path of paths) {
      for (const method of ['GET', 'HEAD']) {
        expect((await visitor.send(method, path)).status).toBe(405);
      }
      const _csrf = await visitor.token('/settings/profile');
      for (const [body, headers] of [
        [{}, {}],
        [{ _csrf: '' }, {}],
        [{ _csrf: 'another' }, {}],
        [{ _csrf }, { 'sec-fetch-site': 'cross-site' }],
        [{ _csrf }, { origin: 'https://evil.example' }],
      ] as [Record<string, string>, Record<string, string>][]) {
        const answer = await visitor.send('POST', path, { body, headers, unmarked: true });
        expect(answer.status).toBe(403);
      }
      const inQuery = { body: {}, unmarked: true };
      expect((await visitor.send('POST', `${path}?_csrf=${_csrf}`, inQuery)).status).toBe(403);
    }
    expect(await flows()).toBe(before);
    expect(await startFlow(visitor, IDENTITIES, '/oauth/google/link')).not.toBe('');
    expect(await flows()).toBe(before + 1);
  });

  it('CS-02, RS-05 is not spent by a HEAD of the callback', async () => {
    const visitor = app.visitor();
    const callback = await callbackOf(app, visitor, someone());
    const asked = tokenRequests(app);
    expect((await visitor.send('HEAD', callback)).status).toBe(405);
    expect([await visitor.whoami(), tokenRequests(app)]).toEqual([null, asked]);
    expect((await visitor.get(callback)).location).toBe('/');
  });

  it.each([
    'nobody',
    'Google',
    'GITHUB',
    '__proto__',
    'constructor',
    'toString',
    '%00',
    '..%2Fgoogle',
    '$ne',
  ])('IN-01, IN-03 is "not found" for the provider %s', async (provider) => {
    const visitor = await app.person(`asks-${someone().subject}`);
    const body = { _csrf: await visitor.token('/settings/profile') };
    for (const step of ['/link', '/confirm']) {
      expect((await visitor.send('POST', `/oauth/${provider}${step}`, { body })).status).toBe(404);
    }
    const stranger = app.visitor();
    const form = { _csrf: await stranger.token('/login') };
    expect((await stranger.send('POST', `/oauth/${provider}`, { body: form })).status).toBe(404);
    const callback = await callbackOf(app, stranger, someone());
    const elsewhere = callback.replace('/google/', `/${provider}/`);
    expect((await stranger.get(elsewhere)).status).toBe(404);
    expect((await stranger.get(callback)).location).toBe('/');
  });

  it('OA-04 names the configured address, whatever the request claims', async () => {
    const visitor = app.visitor();
    const body = { _csrf: await visitor.token('/login') };
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example;proto=https',
    };
    const answer = await visitor.send('POST', '/oauth/google', { body, headers });
    const address = new URL(providerAddress(answer));
    expect(address.searchParams.get('redirect_uri')).toBe(
      'http://localhost:3000/oauth/google/callback',
    );
  });

  it('OA-15, OA-16 begins with a page and never with a redirect of the form', async () => {
    const visitor = app.visitor();
    const answer = await visitor.submit('/login', {}, '/oauth/google');
    expect(answer.status).toBe(200);
    expect(providerAddress(answer)).toMatch(/^http:\/\/127\.0\.0\.1:/);
    expect(answer.html).toContain('Continue to Google');
    expect(answer.headers.get('content-security-policy')).toContain("form-action 'self'");
    expect(answer.headers.get('cache-control')).toContain('no-store');
  });

  it('BF-12 can be begun 120 times in ten minutes from an address', async () => {
    const visitor = app.visitor();
    const body = { _csrf: await visitor.token('/login') };
    const begin = () => visitor.send('POST', '/oauth/google', { body });
    for (let n = 0; n < 120; n++) expect((await begin()).status).toBe(200);
    const blocked = await begin();
    expect([blocked.status, Number(blocked.headers.get('retry-after')) > 0]).toEqual([429, true]);
    const next = app.visitor();
    expect(await startFlow(next, '/login', '/oauth/google')).not.toBe('');
  });
});

import { createHash } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';
import { someone } from '../support/identities.js';
import { callbackOf, refused, stateOf, tokenRequests, withQuery } from '../support/callbacks.js';
import { decide, startFlow } from '../support/flows.js';

const MINUTE = 60_000;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

describe('the state', () => {
  it.each([
    ['missing', { state: null }],
    ['empty', { state: '' }],
    ['wrong', { state: 'x'.repeat(32) }],
    ['in another case', 'upper'],
    ['the digest that is stored', 'digest'],
    ['8 KB long', { state: 'x'.repeat(8_000) }],
  ])('OA-01, CS-04 that is %s is refused', async (_how, change) => {
    const visitor = app.visitor();
    const callback = await callbackOf(app, visitor, someone());
    const state = stateOf(callback);
    const changes =
      change === 'upper'
        ? { state: state.toUpperCase() }
        : change === 'digest'
          ? { state: createHash('sha256').update(state).digest('base64url') }
          : (change as Record<string, string | null>);
    await refused(app, visitor, withQuery(callback, changes));
    // The honest way back still works: nothing was spent.
    expect((await visitor.get(callback)).location).toBe('/');
    expect(await visitor.whoami()).not.toBeNull();
  });

  it.each(['state[]=x', 'state[$ne]=x', 'state[$gt]=', 'state=x&state=y', 'state[$regex]=.*'])(
    'OA-01, IN-01 is text, not %s',
    async (query) => {
      const visitor = app.visitor();
      const callback = await callbackOf(app, visitor, someone());
      const bare = withQuery(callback, { state: null });
      await refused(app, visitor, `${bare}&${query}`);
      expect((await visitor.get(callback)).location).toBe('/');
    },
  );

  it('OA-01 is good for ten minutes', async () => {
    const [early, late] = [app.visitor(), app.visitor()];
    const inTime = await callbackOf(app, early, someone());
    app.advance(9 * MINUTE);
    await early.get(inTime);
    expect(await early.whoami()).not.toBeNull();
    const tooLate = await callbackOf(app, late, someone());
    app.advance(10 * MINUTE + 1);
    await refused(app, late, tooLate);
  });

  it('OA-01, CS-04 of another browser signs nobody in there, and is not spent by it', async () => {
    const [attacker, victim] = [app.visitor(), app.visitor()];
    const callback = await callbackOf(app, attacker, someone());
    await refused(app, app.visitor(), callback);
    await victim.get('/login');
    await refused(app, victim, callback);
    const signedIn = app.visitor();
    await signedIn.register('victim');
    await refused(app, signedIn, callback, 'victim');
    await attacker.get(callback);
    expect(await attacker.whoami()).not.toBeNull();
  });

  it('OA-03 works once, of one after the other and of ten at once', async () => {
    const visitor = app.visitor();
    const callback = await callbackOf(app, visitor, someone());
    const [asked, users] = [tokenRequests(app), (await app.users()).length];
    const tabs = Array.from({ length: 10 }, () => visitor.copy());
    await Promise.all(tabs.map((tab) => tab.get(callback)));
    const names = await Promise.all(tabs.map((tab) => tab.whoami()));
    expect(names.filter((name) => name !== null)).toHaveLength(1);
    expect(tokenRequests(app)).toBe(asked + 1);
    expect((await app.users()).length).toBe(users + 1);
    const winner = tabs[names.findIndex((name) => name !== null)];
    if (!winner) throw new Error('Nobody got in');
    await refused(app, winner, callback, names.find((name) => name !== null) ?? null);
  });

  it('OA-02 goes with a challenge and a verifier of its own, fresh for every flow', async () => {
    const seen = new Set<string>();
    for (const provider of ['google', 'github', 'facebook', 'gitlab']) {
      const visitor = app.visitor();
      const address = new URL(await startFlow(visitor, '/login', `/oauth/${provider}`));
      await visitor.get(await decide(app.stub, address.href, someone()));
      expect(await visitor.whoami()).not.toBeNull();
      const { code_verifier: verifier = '' } =
        app.stub.requests.filter(({ endpoint }) => endpoint === 'token').at(-1)?.body ?? {};
      expect(address.searchParams.get('code_challenge_method')).toBe('S256');
      expect(address.searchParams.get('code_challenge')).toBe(
        createHash('sha256').update(verifier).digest('base64url'),
      );
      seen.add(verifier).add(address.searchParams.get('state') ?? '');
    }
    expect(seen.size).toBe(8);
  });

  it('IN-01, LE-03 is stored as a digest, with the session as one', async () => {
    const visitor = app.visitor();
    const callback = await callbackOf(app, visitor, someone());
    const state = stateOf(callback);
    const flows = await app.db.collection('one-time').find().toArray();
    expect(flows.length).toBeGreaterThan(0);
    expect(JSON.stringify(flows)).not.toContain(state);
    for (const value of visitor.cookies.values()) {
      const id = decodeURIComponent(value).replace(/^s:/, '').split('.')[0] ?? '';
      expect(JSON.stringify(flows)).not.toContain(id);
    }
  });
});

describe('a code', () => {
  it.each(['google', 'github', 'facebook', 'gitlab'])(
    'CS-04, OA-02 of the attacker is worth nothing in the victim’s flow at %s',
    async (provider) => {
      const [attacker, victim] = [app.visitor(), app.visitor()];
      const stolen = new URL(await callbackOf(app, attacker, someone(), provider), app.origin);
      const own = await callbackOf(app, victim, someone(), provider);
      const users = await app.users();
      const mixed = withQuery(own, { code: stolen.searchParams.get('code') });
      expect((await victim.get(mixed)).location).toBe('/login');
      expect(await victim.whoami()).toBeNull();
      expect(await app.users()).toEqual(users);
    },
  );

  it.each([{ code: null }, { code: '' }])('OA-07 is needed: %j', async (changes) => {
    const visitor = app.visitor();
    await refused(app, visitor, withQuery(await callbackOf(app, visitor, someone()), changes));
  });

  it.each(['code[]=x', 'code=x&code=y', 'code[$ne]=1'])('IN-01 is text, not %s', async (query) => {
    const visitor = app.visitor();
    const bare = withQuery(await callbackOf(app, visitor, someone()), { code: null });
    await refused(app, visitor, `${bare}&${query}`);
  });
});

describe('a mix-up', () => {
  it('OA-05 of two providers reaches neither token endpoint', async () => {
    const visitor = app.visitor();
    const callback = await callbackOf(app, visitor, someone());
    await refused(app, visitor, callback.replace('/google/', '/github/'));
    expect((await visitor.get(callback)).location).toBe('/');
  });

  it.each(['iss=https%3A%2F%2Fevil.example', 'iss=', 'iss=a&iss=b'])(
    'OA-05 of issuers is refused: %s',
    async (query) => {
      const visitor = app.visitor();
      const bare = withQuery(await callbackOf(app, visitor, someone()), { iss: null });
      await refused(app, visitor, `${bare}&${query}`);
    },
  );

  it('OA-05 that the provider itself sends is refused', async () => {
    const visitor = app.visitor();
    await refused(
      app,
      visitor,
      await callbackOf(app, visitor, {
        behaviour: { at: 'authorize', does: 'claims-another-issuer' },
      }),
    );
  });
});

describe('an answer with an error', () => {
  it.each([
    'error=access_denied&error_description=%3Cscript%3Ealert(1)%3C%2Fscript%3E',
    'error[]=x',
    'error=%3Cscript%3E',
    `error=${'x'.repeat(8_000)}`,
    'error=a&error=b',
    'error_code=1349048&error_message=%3Cimg%20src%3Dx%3E',
    'error=',
  ])('OA-07, XS-01 is a sentence of ours, with a state or without: %.60s', async (query) => {
    const visitor = app.visitor();
    await refused(app, visitor, `/oauth/facebook/callback?${query}`);
    const back = await callbackOf(app, visitor, someone(), 'facebook');
    const state = stateOf(back);
    const answer = await visitor.get(`/oauth/facebook/callback?${query}&state=${state}`);
    expect(answer.location).toBe('/login');
    const { html } = await visitor.get('/login');
    expect(html).toMatch(/You cancelled at Facebook|Something went wrong at Facebook/);
    expect(html).not.toMatch(/alert\(1\)|<img src=x|xxxx/);
    // It spent the flow.
    await refused(app, visitor, back);
  });
});

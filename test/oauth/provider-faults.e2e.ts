import { keyAt } from '../support/identities.js';
import type { Behaviour } from '@latchkey/stub-provider';
import { startApp, type TestApp } from '../support/app.js';
import { goThrough } from '../support/flows.js';
import { tokenRequests } from '../support/callbacks.js';
import { until } from '../support/wait-until.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

// The longest that a person waits is ten seconds (OA-08). Two limits one after the other take eight; the
// rest is for a busy machine: without the limits nothing would come at all.
const PATIENCE = 30_000;
const SETTINGS = '/settings/identities';

type Does = Exclude<
  Behaviour['does'],
  'denies' | 'fails' | 'claims-another-issuer' | 'returns-through-a-second-host'
>;

const FAULTS = [
  'hangs',
  'drips',
  'breaks',
  'forbids',
  'is-missing',
  'answers-html',
  'answers-null',
  'floods',
  'redirects',
  'hangs-up',
] as const;

const WITHOUT_ADDRESS = ['answers-null', 'forbids', 'is-missing'] as const;

const CASES = [
  ...['google', 'github', 'facebook', 'gitlab'].flatMap((provider) => [
    ...FAULTS.map((does) => [provider, 'token', does] as const),
    ...FAULTS.map((does) => [provider, 'userInfo', does] as const),
    [provider, 'userInfo', 'omits-the-id'] as const,
  ]),
  // These give no address, and let the person in; see below.
  ...FAULTS.flatMap((does) =>
    WITHOUT_ADDRESS.some((each) => each === does) ? [] : [['github', 'emails', does] as const],
  ),
];

let people = 0;
const someone = (behaviour: Behaviour | null) => {
  const subject = String(3000 + ++people);
  return { subject, email: `faulty-${subject}@example.com`, behaviour };
};

function at(endpoint: string, does: Does): Behaviour {
  // The list above holds nothing that an endpoint does not do.
  return { at: endpoint, does } as Behaviour;
}

const trapped = () => app.stub.requests.filter(({ endpoint }) => endpoint === 'trap').length;

describe.each(['google', 'github', 'facebook', 'gitlab'])('%s', (provider) => {
  const faults = CASES.filter(([name]) => name === provider);

  it('OA-08 may fail in any way: a sentence within ten seconds, no account, and nothing is followed', async () => {
    const before = await app.users();
    const answers = await Promise.all(
      faults.map(async ([, endpoint, does]) => {
        const visitor = app.visitor();
        const begin = Date.now();
        const answer = await goThrough(app.stub, visitor, provider, someone(at(endpoint, does)));
        const took = Date.now() - begin;
        const { text } = await visitor.get('/login');
        return {
          endpoint,
          does,
          took,
          location: answer.location,
          text,
          who: await visitor.whoami(),
        };
      }),
    );
    for (const { endpoint, does, took, location, text, who } of answers) {
      const seen = [endpoint, does, location, text.includes('Something went wrong at'), who];
      expect(seen).toEqual([endpoint, does, '/login', true, null]);
      expect([endpoint, does, took < PATIENCE]).toEqual([endpoint, does, true]);
    }
    expect(await app.users()).toEqual(before);
    expect(trapped()).toBe(0);
    expect(app.log.join('')).not.toMatch(/stub-(access|refresh|code|secret)-/);

    const honest = app.visitor();
    expect((await goThrough(app.stub, honest, provider, someone(null))).location).toBe('/');
    expect(await honest.whoami()).not.toBeNull();
  });

  it('OA-08 may fail while a person links or confirms: still signed in, nothing changed', async () => {
    const visitor = app.visitor();
    await visitor.register(`steady-${provider}`);
    const before = await app.users();
    for (const [, endpoint, does] of faults) {
      if (does !== 'breaks' && does !== 'answers-null') continue;
      const who = someone(at(endpoint, does));
      const answer = await goThrough(app.stub, visitor, provider, who, {
        page: SETTINGS,
        step: '/link',
      });
      expect(answer.location).toBe(SETTINGS);
      expect((await visitor.get(SETTINGS)).text).toContain('Something went wrong at');
    }
    expect(await visitor.whoami()).toBe(`steady-${provider}`);
    expect(await app.users()).toEqual(before);
  });

  it('OA-08 holds nobody else up while it hangs', async () => {
    const before = tokenRequests(app);
    const waiting = Promise.all(
      Array.from({ length: 10 }, () =>
        goThrough(app.stub, app.visitor(), provider, someone({ at: 'token', does: 'hangs' })),
      ),
    );
    let over = false;
    void waiting.then(() => (over = true));
    await until(() => tokenRequests(app) - before === 10);
    for (let n = 0; n < 5; n++) {
      expect((await app.visitor().get('/login')).status).toBe(200);
    }
    expect(over).toBe(false);
    expect((await waiting).every(({ location }) => location === '/login')).toBe(true);
  });
});

it('OA-08 may fail by itself before it asks the person', async () => {
  for (const provider of ['google', 'github', 'facebook', 'gitlab']) {
    const visitor = app.visitor();
    const who = someone({ at: 'authorize', does: 'fails' });
    expect((await goThrough(app.stub, visitor, provider, who)).location).toBe('/login');
    expect((await visitor.get('/login')).text).toContain('Something went wrong at');
  }
});

it('OA-08 may be unreachable: the others and the password still open the door', async () => {
  const visitor = app.visitor();
  await visitor.register('reaches');
  await visitor.logout();
  await goThrough(app.stub, visitor, 'google', someone({ at: 'userInfo', does: 'hangs-up' }));
  await goThrough(app.stub, visitor, 'github', someone({ at: 'emails', does: 'breaks' }));
  expect(await visitor.whoami()).toBeNull();
  await visitor.login('reaches');
  expect(await visitor.whoami()).toBe('reaches');
});

it.each(WITHOUT_ADDRESS)(
  'OA-08 may give no address (%s): people get in without one',
  async (does) => {
    const visitor = app.visitor();
    const who = someone({ at: 'emails', does });
    expect((await goThrough(app.stub, visitor, 'github', who)).location).toBe('/');
    const username = await visitor.whoami();
    const user = (await app.users()).find((each) => each['username'] === username);
    expect(user).toMatchObject({ identities: [{ key: keyAt('github', who) }] });
    expect(user).not.toHaveProperty('email');
  },
);

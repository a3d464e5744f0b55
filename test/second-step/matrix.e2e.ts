import { startApp, type TestApp } from '../support/app.js';
import { setUp, typeTotp } from '../support/authenticator.js';
import { optionsOn } from '../support/passkeys.js';
import {
  type Account,
  accountWith,
  BY_PASSKEY,
  BY_REGISTRATION,
  BY_TOUCH,
  type Kind,
  PATHS,
  REGISTRATIONS,
  TOUCHED,
} from '../support/paths.js';
import { openedBy } from '../support/routes.js';
import type { Visitor } from '../support/visitor.js';

const DAY = 24 * 60 * 60_000;
const BY_APP = '/login/second-step/authenticator';
const BY_PASSKEY_STEP = '/login/second-step/passkey';

/** What a way in comes to. */
type Outcome = 'signed in' | 'second step' | 'set-up' | 'refused';

const POLICIES = {
  optional: {},
  'required, and the grace is over': { SECOND_FACTOR: 'required' },
  'required, with a grace': { SECOND_FACTOR: 'required' },
};
type Policy = keyof typeof POLICIES;
const isOver = (policy: Policy) => policy.endsWith('over');

function outcomeOf(policy: Policy, kind: Kind, path: string): Outcome {
  if (path === BY_REGISTRATION && isOver(policy)) return 'refused';
  if (path === BY_PASSKEY) return 'signed in';
  if (kind === 'a passkey and an app') return 'second step';
  // Whoever found the key must not set up an app by it alone: the account has a password as well.
  if (path === BY_TOUCH && isOver(policy)) return 'refused';
  // A passkey is a second step after another way in where the site asks for one, and none after itself.
  const isAsked = kind === 'a passkey' && policy !== 'optional' && path !== BY_TOUCH;
  if (isAsked) return 'second step';
  // Whoever found it must not set up an app where the account has a password as well.
  if (path === BY_TOUCH && isOver(policy)) return 'refused';
  return isOver(policy) ? 'set-up' : 'signed in';
}

/** Every combination that there is. */
const KINDS: Kind[] = ['neither', 'a passkey', 'a passkey and an app'];
const cases = (policy: Policy) =>
  Object.keys(PATHS).flatMap((path) =>
    KINDS.filter((kind) => kind !== 'neither' || (path !== BY_PASSKEY && path !== BY_TOUCH)).map(
      (kind) => ({ path, kind, outcome: outcomeOf(policy, kind, path) }),
    ),
  );

/** Expects that no page of the person opens. */
async function nowhere(visitor: Visitor): Promise<void> {
  expect(visitor.cookies.has('test-session')).toBe(false);
  expect(await visitor.whoami()).toBeNull();
  for (const path of ['/settings', '/settings/security', '/settings/security/authenticator']) {
    expect((await visitor.get(path)).location).toMatch(/^\/login\?next=/);
  }
}

/** Takes the second step by whatever the account has. */
async function takeStep(visitor: Visitor, { passkey, steps }: Account): Promise<void> {
  const { location } = await visitor.get('/login/second-step');
  expect(location).toBe(steps ? BY_APP : BY_PASSKEY_STEP);
  if (steps) await typeTotp(visitor, steps.app.code());
  else {
    const used = passkey?.use(await optionsOn(visitor, BY_PASSKEY_STEP), TOUCHED);
    await visitor.submit(BY_PASSKEY_STEP, { passkey: used ?? '' });
  }
}

let people = 0;

describe.each(Object.entries(POLICIES))('where a second factor is %s', (name, environment) => {
  // It is a key of them.
  const policy = name as Policy;
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ SECOND_FACTOR_GRACE_DAYS: '7', LOGIN_BY_MAIL: 'on', ...environment });
  });
  afterAll(() => app.close());

  it.each(cases(policy))(
    'MF-03, OA-14, RS-06 by $path an account with $kind comes to: $outcome',
    async ({ path, kind, outcome }) => {
      const whose = await accountWith(app, `person-${++people}`, kind);
      if (isOver(policy)) app.advance(8 * DAY);
      const visitor = app.visitor();
      const answer = await PATHS[path]?.(app, visitor, whose);
      if (outcome !== 'signed in') await nowhere(visitor);
      if (outcome === 'refused') return expect(answer?.status).toBe(422);
      if (outcome === 'second step') {
        expect(answer?.location).toBe('/login/second-step');
        expect((await visitor.get('/login/set-up')).location).toBe('/login');
        await takeStep(visitor, whose);
      }
      if (outcome === 'set-up') {
        expect(answer?.location).toBe('/login/set-up');
        expect((await visitor.get('/login/second-step')).location).toBe('/login');
        const { answer: done } = await setUp(app, visitor, '/login/set-up');
        expect(done.text).toContain('Your recovery codes');
      }
      expect(await visitor.whoami()).toBe(whose.username);
    },
  );

  it.each(Object.keys(REGISTRATIONS))(
    'MF-03 a new account by %s has a grace of its own, or needs none',
    async (by) => {
      const visitor = app.visitor();
      await REGISTRATIONS[by]?.(app, visitor, `new-${by.replace(' ', '-')}`);
      expect(await visitor.whoami()).toEqual(expect.any(String));
    },
  );
});

describe('where a second factor is required at once', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ SECOND_FACTOR: 'required' });
  });
  afterAll(() => app.close());

  it.each(Object.keys(REGISTRATIONS).filter((by) => by !== BY_PASSKEY))(
    'MF-03 a new account by %s opens nothing but the set-up before it has one',
    async (by) => {
      const visitor = app.visitor();
      const answer = await REGISTRATIONS[by]?.(app, visitor, `at-once-${by.replace(' ', '-')}`);
      expect(answer?.location).toBe('/login/set-up');
      await nowhere(visitor);
      const before = await app.users();
      expect(await openedBy(app, visitor)).toEqual(['GET /login/set-up', 'POST /login/set-up']);
      expect(await app.users()).toEqual(before);
      await setUp(app, visitor, '/login/set-up');
      expect(await visitor.whoami()).toEqual(expect.any(String));
    },
  );

  it('PK-02 a new account by a passkey that has asked for its person has two factors', async () => {
    const visitor = app.visitor();
    await REGISTRATIONS[BY_PASSKEY]?.(app, visitor, 'keyed');
    expect(await visitor.whoami()).toBe('keyed');
  });
});

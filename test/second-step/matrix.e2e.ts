import { startApp, type TestApp } from '../support/app.js';
import { type TwoSteps, setUp, typeTotp } from '../support/authenticator.js';
import { type AtProvider, goThrough } from '../support/flows.js';
import { holderOf, link } from '../support/identities.js';
import { type Answer, PASSWORD, type Visitor } from '../support/visitor.js';

const DAY = 24 * 60 * 60_000;

/** The account that somebody gets into. */
interface Account {
  readonly username: string;
  readonly who: AtProvider;
  readonly steps: TwoSteps | null;
}

/** Each way into an account that is there, up to the page that it leads to. */
const PATHS: Record<string, (app: TestApp, visitor: Visitor, account: Account) => Promise<Answer>> =
  {
    password: (_app, visitor, { username }) => visitor.login(username),
    address: (_app, visitor, { username }) => visitor.login(`${username}@example.com`),
    provider: (app, visitor, { who }) => goThrough(app.stub, visitor, 'google', who),
    registration: (_app, visitor, { username }) => visitor.register(username),
    'pending link': async (app, visitor, { username }) => {
      const email = `${username}@example.com`;
      await goThrough(app.stub, visitor, 'github', { ...holderOf(email), subject: '4711' });
      const body = { identifier: username, password: PASSWORD };
      return visitor.send('POST', '/pending-link/login', { body });
    },
    recovery: async (app, visitor, { username }) => {
      await visitor.submit('/recovery', { identifier: username });
      const mails = await app.mails(`${username}@example.com`);
      const [, token = ''] = /new-password\?token=([\w.-]+)/.exec(mails.at(-1)?.text ?? '') ?? [];
      const page = `/recovery/new-password?token=${token}`;
      const again = { newPassword: PASSWORD, newPasswordAgain: PASSWORD };
      return visitor.submit(page, again, '/recovery/new-password');
    },
  };

/** An account of a name with a password and an identity, signed out. */
async function account(app: TestApp, username: string, hasSteps: boolean): Promise<Account> {
  const visitor = await app.owner(username);
  const who = holderOf(`${username}@example.com`);
  await link(app, visitor, 'google', who);
  return { username, who, steps: hasSteps ? await setUp(app, visitor) : null };
}

/** Expects that no page of the person opens. */
const nowhere = async (visitor: Visitor) => {
  expect(visitor.cookies.has('test-session')).toBe(false);
  expect(await visitor.whoami()).toBeNull();
  for (const path of ['/settings', '/settings/security', '/settings/security/authenticator']) {
    expect((await visitor.get(path)).location).toMatch(/^\/login\?next=/);
  }
};

describe.each([
  ['optional', {}],
  ['required, and the grace is over', { SECOND_FACTOR: 'required' }],
  ['required, with a grace', { SECOND_FACTOR: 'required' }],
])('where a second factor is %s', (policy, environment: Record<string, string>) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ SECOND_FACTOR_GRACE_DAYS: '7', ...environment });
  });
  afterAll(() => app.close());

  describe.each(Object.entries(PATHS))('by %s', (path, come) => {
    const name = (kind: string) => `${path.replace(' ', '-')}-${kind}`;

    it('MF-03, RS-06 an account with two steps is asked for the second, and nothing opens before', async () => {
      const whose = await account(app, name('two'), true);
      const visitor = app.visitor();
      const answer = await come(app, visitor, whose);
      expect(answer.location).toBe('/login/second-step');
      await nowhere(visitor);
      expect((await app.user(whose.username))?.['totp']).toBeDefined();
      expect((await visitor.get('/login/set-up')).location).toBe('/login');
      const again = app.visitor();
      await come(app, again, whose);
      await typeTotp(again, whose.steps?.app.code() ?? '');
      expect(await again.whoami()).toBe(whose.username);
    });

    it('MF-03 an account without is let in, or led to the set-up first', async () => {
      const isRequired = policy.endsWith('over');
      const made = await account(app, name('one'), false);
      // The form of a registration that is sent again logs in for two minutes only.
      const isNew = isRequired && path === 'registration';
      const whose = isNew ? { ...made, username: name('new') } : made;
      app.advance(isRequired ? 8 * DAY : 0);
      const visitor = app.visitor();
      const answer = await come(app, visitor, whose);
      // An account that was just made has a grace of its own.
      if (!isRequired || isNew) {
        expect(await visitor.whoami()).toBe(whose.username);
        return;
      }
      expect(answer.location).toBe('/login/set-up');
      await nowhere(visitor);
      expect((await visitor.get('/login/second-step')).location).toBe('/login');
      const { answer: done } = await setUp(app, visitor, '/login/set-up');
      expect(done.text).toContain('Your recovery codes');
      expect(await visitor.whoami()).toBe(whose.username);
    });
  });
});

import type { TestApp } from './app.js';
import { setUp, type TwoSteps } from './authenticator.js';
import { type AtProvider, goThrough } from './flows.js';
import { holderOf, link } from './identities.js';
import { mailedTo, typeLoginCode } from './login-mail.js';
import { addPasskey, logInByPasskey, optionsFor, optionsOn, softDevice } from './passkeys.js';
import type { SoftAuthenticator } from './soft-authenticator.js';
import { type Answer, PASSWORD, type Visitor } from './visitor.js';

/** A passkey that was touched, and did not ask who it was. */
export const TOUCHED = { flags: 1 };

/** The account that somebody gets into, and what its person has for it. */
export interface Account {
  readonly username: string;
  readonly who: AtProvider;
  readonly passkey: SoftAuthenticator | null;
  readonly steps: TwoSteps | null;
}

/** What an account has besides a password, an identity at Google and a verified address. */
export type Kind = 'neither' | 'a passkey' | 'a passkey and an app';

/** Somebody with an account of this name, signed out. */
export async function accountWith(app: TestApp, username: string, kind: Kind): Promise<Account> {
  const visitor = await app.owner(username);
  const who = holderOf(`${username}@example.com`);
  await link(app, visitor, 'google', who);
  const steps = kind === 'a passkey and an app' ? await setUp(app, visitor) : null;
  const passkey = kind === 'neither' ? null : softDevice(app);
  if (passkey) await addPasskey(visitor, passkey);
  const stored = await app.user(username);
  expect([stored?.['totp'] !== undefined, stored?.['passkeys'] !== undefined]).toEqual([
    steps !== null,
    passkey !== null,
  ]);
  return { username, who, passkey, steps };
}

type Come = (app: TestApp, visitor: Visitor, account: Account) => Promise<Answer>;

/** By a passkey that has asked for its person: two factors. */
export const BY_PASSKEY = 'passkey';
/** By one that has not: one factor. */
export const BY_TOUCH = 'touched passkey';
/** By the form of a registration, which logs in for two minutes when it is sent again. */
export const BY_REGISTRATION = 'registration sent again';

/** Each way into an account that is there, up to the page that it leads to. */
export const PATHS: Readonly<Record<string, Come>> = {
  password: (_app, visitor, { username }) => visitor.login(username),
  address: (_app, visitor, { username }) => visitor.login(`${username}@example.com`),
  provider: (app, visitor, { who }) => goThrough(app.stub, visitor, 'google', who),
  [BY_PASSKEY]: async (_app, visitor, { passkey }) =>
    logInByPasskey(visitor, passkey?.use(await optionsFor(visitor)) ?? ''),
  [BY_TOUCH]: async (_app, visitor, { passkey }) =>
    logInByPasskey(visitor, passkey?.use(await optionsFor(visitor), TOUCHED) ?? ''),
  [BY_REGISTRATION]: (_app, visitor, { username }) => visitor.register(username),
  'pending link': async (app, visitor, { username }) => {
    const email = `${username}@example.com`;
    await goThrough(app.stub, visitor, 'github', { ...holderOf(email), subject: '4711' });
    const body = { identifier: username, password: PASSWORD };
    return visitor.send('POST', '/pending-link/login', { body });
  },
  'mailed code': async (app, visitor, { username }) => {
    const { code } = await mailedTo(app, visitor, username);
    return typeLoginCode(visitor, code);
  },
  'mailed link': async (app, visitor, { username }) => {
    const { link: mailed } = await mailedTo(app, visitor, username);
    return visitor.send('POST', mailed);
  },
  recovery: async (app, visitor, { username }) => {
    await visitor.submit('/recovery', { identifier: username });
    // A notice of what the person did before may come later.
    const texts = (await app.mails(`${username}@example.com`)).map(({ text = '' }) => text);
    const [, token = ''] =
      /new-password\?token=([\w.-]+)/.exec(texts.toReversed().join('\n')) ?? [];
    const page = `/recovery/new-password?token=${token}`;
    const again = { newPassword: PASSWORD, newPasswordAgain: PASSWORD };
    return visitor.submit(page, again, '/recovery/new-password');
  },
};

/** Each way to a new account, up to the page that it leads to. */
export const REGISTRATIONS: Readonly<
  Record<string, (app: TestApp, visitor: Visitor, username: string) => Promise<Answer>>
> = {
  password: (_app, visitor, username) => visitor.register(username),
  provider: (app, visitor, username) =>
    goThrough(app.stub, visitor, 'google', holderOf(`${username}@example.com`)),
  [BY_PASSKEY]: (app, visitor, username) => registerByPasskey(app, visitor, username),
  [BY_TOUCH]: (app, visitor, username) => registerByPasskey(app, visitor, username, TOUCHED),
};

async function registerByPasskey(app: TestApp, visitor: Visitor, username: string, how = {}) {
  const create = '/register/passkey/create';
  await visitor.submit('/register/passkey', { email: `${username}@example.com`, username });
  const passkey = softDevice(app).make(await optionsOn(visitor, create), how);
  return visitor.submit(create, { passkey });
}

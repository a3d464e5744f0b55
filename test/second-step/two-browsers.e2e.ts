import fc from 'fast-check';
import { startApp, type TestApp } from '../support/app.js';
import { setUp, type TwoSteps, typeRecoveryCode, typeTotp } from '../support/authenticator.js';
import { type AtProvider, decide, goThrough, startFlow } from '../support/flows.js';
import { holderOf, link } from '../support/identities.js';
import { askForMail } from '../support/login-mail.js';
import { type MailServer, startMailServer } from '../support/mail-server.js';
import {
  addPasskey,
  logInByPasskey,
  optionsFor,
  optionsOn,
  softDevice,
} from '../support/passkeys.js';
import { TOUCHED } from '../support/paths.js';
import type { SoftAuthenticator } from '../support/soft-authenticator.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';
import { until } from '../support/wait-until.js';

const MINUTE = 60_000;
const STEP = 30_000;
const BY_PASSKEY = '/login/second-step/passkey';

let mails: MailServer;
let app: TestApp;
beforeAll(async () => {
  mails = await startMailServer();
  app = await startApp({ LOGIN_BY_MAIL: 'on', MAIL_URL: mails.url, MAIL_FROM: 'post@example.org' });
});
afterAll(async () => {
  await app.close();
  await mails.close();
});

/** The last of them has no second step. */
const NAMES = ['alice', 'carol', 'plain'] as const;
type Name = (typeof NAMES)[number];

/** What somebody has. */
interface Owned {
  readonly who: AtProvider;
  readonly passkey: SoftAuthenticator;
  readonly steps: TwoSteps | null;
  /** Recovery codes that are left. */
  readonly left: string[];
}

/** What a browser has come to, as the rules of two-step login have it. */
interface Expected {
  pending: { readonly name: Name; readonly since: number; readonly by: string } | null;
  signedIn: Name | null;
  /** The mail that this browser has asked for last. */
  mailed: { readonly name: Name; readonly since: number; readonly link: string } | null;
}

/** A browser, what is expected of it, and the other one. */
interface Turn {
  readonly visitor: Visitor;
  readonly expected: Expected;
  readonly other: { readonly visitor: Visitor; readonly expected: Expected };
}

let people: Readonly<Record<Name, Owned>>;

const isAlive = (since: number, minutes: number) => app.now().getTime() - since < minutes * MINUTE;

/** The first factor was shown. */
function came({ expected }: Turn, name: Name, by: string): void {
  const since = app.now().getTime();
  const hasSteps = people[name].steps !== null;
  expected.pending = hasSteps ? { name, since, by } : null;
  expected.signedIn = hasSteps ? null : name;
}

/** Both were. */
function signedIn({ expected }: Turn, name: Name): void {
  expected.pending = null;
  expected.signedIn = name;
}

/** Whether the browser waits for a second step of the person. */
function awaits({ expected: { pending } }: Turn, name: Name): boolean {
  return pending?.name === name && isAlive(pending.since, 5);
}

type Action = (turn: Turn, name: Name) => Promise<void>;

const WAYS_IN: Readonly<Record<string, Action>> = {
  password: async (turn, name) => {
    await turn.visitor.send('POST', '/login', { body: { identifier: name, password: PASSWORD } });
    came(turn, name, 'password');
  },
  passkey: async (turn, name) => {
    const options = await optionsFor(turn.visitor);
    await logInByPasskey(turn.visitor, people[name].passkey.use(options));
    signedIn(turn, name);
  },
  'touched passkey': async (turn, name) => {
    const options = await optionsFor(turn.visitor);
    await logInByPasskey(turn.visitor, people[name].passkey.use(options, TOUCHED));
    came(turn, name, 'passkey');
  },
  'passkey for the other browser': async ({ visitor, other }, name) => {
    const options = await optionsFor(other.visitor);
    await logInByPasskey(visitor, people[name].passkey.use(options));
  },
  provider: async (turn, name) => {
    // Whoever is signed in is led on, and to no provider.
    if (turn.expected.signedIn !== null) return;
    await goThrough(app.stub, turn.visitor, 'google', people[name].who);
    came(turn, name, 'google');
  },
  'provider for the other browser': async ({ visitor, other }, name) => {
    if (other.expected.signedIn !== null) return;
    const address = await startFlow(other.visitor, '/login', '/oauth/google');
    await visitor.get(await decide(app.stub, address, people[name].who));
  },
  'asking for a mail': async ({ visitor, expected }, name) => {
    // Limits are another rule.
    await app.db.collection('throttle').deleteMany({});
    expected.mailed = { name, since: app.now().getTime(), link: await mailedLink(visitor, name) };
  },
  'mailed link': async (turn) => follow(turn, turn.expected.mailed),
  'mailed link of the other browser': async ({ visitor, other }) => {
    if (other.expected.mailed) await visitor.send('POST', other.expected.mailed.link);
  },
};

const SECOND_STEPS: Readonly<Record<string, Action>> = {
  totp: async (turn, name) => {
    // A new step of the clock for each code, so that none was taken before.
    app.advance(STEP);
    await typeTotp(turn.visitor, people[name].steps?.app.code() ?? '');
    if (people[name].steps && awaits(turn, name)) signedIn(turn, name);
  },
  'recovery code': async (turn, name) => {
    const { left } = people[name];
    const [code] = left;
    if (code === undefined) return;
    await typeRecoveryCode(turn.visitor, code);
    if (!awaits(turn, name)) return;
    left.shift();
    signedIn(turn, name);
  },
  'passkey as the second step': async (turn, name) => {
    const passkey = people[name].passkey.use(await optionsOn(turn.visitor, BY_PASSKEY), TOUCHED);
    await turn.visitor.send('POST', BY_PASSKEY, { body: { passkey } });
    // One passkey is not both factors.
    if (awaits(turn, name) && turn.expected.pending?.by !== 'passkey') signedIn(turn, name);
  },
  'wrong code': async ({ visitor }) => {
    await typeTotp(visitor, '000000');
  },
};

const OTHERS: Readonly<Record<string, Action>> = {
  'log out': async ({ visitor, expected }) => {
    await visitor.logout();
    Object.assign(expected, { pending: null, signedIn: null, mailed: null });
  },
  wait: async () => app.advance(6 * MINUTE),
};

async function mailedLink(visitor: Visitor, name: Name): Promise<string> {
  const address = /^http:\/\/localhost:\d+(\/login\/link\?token=\S+)$/m;
  mails.mails.length = 0;
  await askForMail(visitor, name);
  const mailed = () => mails.mails.flatMap(({ text = '' }) => address.exec(text)?.[1] ?? [])[0];
  await until(() => mailed() !== undefined);
  return mailed() ?? '';
}

async function follow(turn: Turn, mailed: Expected['mailed']): Promise<void> {
  if (!mailed) return;
  await turn.visitor.send('POST', mailed.link);
  if (!isAlive(mailed.since, 10)) return;
  turn.expected.mailed = null;
  came(turn, mailed.name, 'mail');
}

/** Somebody with every way in, and a second step unless they want none. */
async function owned(name: Name): Promise<Owned> {
  const visitor = await app.owner(name);
  const who = holderOf(`${name}@example.com`);
  await link(app, visitor, 'google', who);
  const steps = name === 'plain' ? null : await setUp(app, visitor);
  const passkey = softDevice(app);
  await addPasskey(visitor, passkey);
  return { who, passkey, steps, left: [...(steps?.codes ?? [])] };
}

/** Whose: whoever the browser waits for is what an attack and a person would mostly try. */
const whose = fc.constantFrom(...NAMES, 'awaited', 'awaited', 'awaited');
const ACTIONS = { ...WAYS_IN, ...SECOND_STEPS, ...OTHERS };
const names = (actions: object) => fc.constantFrom(...Object.keys(actions));
const action = fc.oneof(
  { arbitrary: names(WAYS_IN), weight: 4 },
  { arbitrary: names(SECOND_STEPS), weight: 4 },
  { arbitrary: names(OTHERS), weight: 1 },
);

it('MF-03 in whatever order two browsers take their steps, each is signed in as whom it has shown both factors of', async () => {
  people = {
    alice: await owned('alice'),
    carol: await owned('carol'),
    plain: await owned('plain'),
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.boolean(), action, whose), { minLength: 8, maxLength: 16 }),
      async (sequence) => {
        const [one, other] = [app.visitor(), app.visitor()].map((visitor) => {
          const expected: Expected = { pending: null, signedIn: null, mailed: null };
          return { visitor, expected };
        });
        if (!one || !other) return;
        for (const [isOther, kind, chosen] of sequence) {
          // Pauses after wrong codes are another rule.
          const guesses = { 'totp.guesses': '', 'recoveryCodes.guesses': '' };
          await app.db.collection('users').updateMany({}, { $unset: guesses });
          const turn = isOther ? { ...other, other: one } : { ...one, other };
          const name = chosen === 'awaited' ? turn.expected.pending?.name : chosen;
          await ACTIONS[kind]?.(turn, name ?? 'alice');
          const seen = await Promise.all([one, other].map(({ visitor }) => visitor.whoami()));
          expect(seen).toEqual([one.expected.signedIn, other.expected.signedIn]);
        }
      },
    ),
    { numRuns: 40 },
  );
});

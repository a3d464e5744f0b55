import fc from 'fast-check';
import { startApp, type TestApp } from '../support/app.js';
import { twoStepPerson, typeRecoveryCode, typeTotp } from '../support/authenticator.js';
import type { Visitor } from '../support/visitor.js';

const MINUTE = 60_000;
const STEP = 30_000;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const NAMES = ['alice', 'carol', 'plain'] as const;
type Name = (typeof NAMES)[number];

/** What a browser has come to, as the rules of two-step login have it. */
interface Expected {
  pending: { name: Name; since: number } | null;
  signedIn: Name | null;
}

type Action =
  | { readonly kind: 'password' | 'totp' | 'recovery-code'; readonly name: Name }
  | { readonly kind: 'wrong' | 'log-out' | 'wait' };

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('password' as const, 'totp' as const, 'recovery-code' as const),
    name: fc.constantFrom(...NAMES),
  }),
  fc.record({ kind: fc.constantFrom('wrong' as const, 'log-out' as const, 'wait' as const) }),
);

it('MF-03 in whatever order two browsers take their steps, each is signed in as whom it has shown both factors of', async () => {
  const people = {
    alice: await twoStepPerson(app, 'alice'),
    carol: await twoStepPerson(app, 'carol'),
  };
  await app.person('plain');
  const left = { alice: [...people.alice.codes], carol: [...people.carol.codes] };
  const hasSteps = (name: Name): name is 'alice' | 'carol' => name !== 'plain';

  const take = async (visitor: Visitor, expected: Expected, step: Action): Promise<void> => {
    const { pending } = expected;
    const isAlive = pending !== null && app.now().getTime() - pending.since < 5 * MINUTE;
    if (step.kind === 'password') {
      const body = { identifier: step.name, password: 'three quiet harbours' };
      await visitor.send('POST', '/login', { body });
      expected.signedIn = hasSteps(step.name) ? null : step.name;
      const since = app.now().getTime();
      expected.pending = hasSteps(step.name) ? { name: step.name, since } : null;
    } else if (step.kind === 'totp') {
      if (!hasSteps(step.name)) return;
      // A new step of the clock for each code, so that none was taken before.
      app.advance(STEP);
      const alive = pending !== null && app.now().getTime() - pending.since < 5 * MINUTE;
      await typeTotp(visitor, people[step.name].app.code());
      if (alive && pending.name === step.name) {
        expected.signedIn = step.name;
        expected.pending = null;
      }
    } else if (step.kind === 'recovery-code') {
      if (!hasSteps(step.name)) return;
      const [code] = left[step.name];
      if (code === undefined) return;
      await typeRecoveryCode(visitor, code);
      if (isAlive && pending.name === step.name) {
        left[step.name].shift();
        expected.signedIn = step.name;
        expected.pending = null;
      }
    } else if (step.kind === 'wrong') {
      await typeTotp(visitor, '000000');
    } else if (step.kind === 'log-out') {
      await visitor.logout();
      expected.pending = null;
      expected.signedIn = null;
    } else {
      app.advance(6 * MINUTE);
    }
  };

  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(0, 1), action), { maxLength: 12 }),
      async (sequence) => {
        // Pauses after wrong codes are another rule.
        await app.db
          .collection('users')
          .updateMany({}, { $unset: { 'totp.guesses': '', 'recoveryCodes.guesses': '' } });
        const browsers = [app.visitor(), app.visitor()];
        const states: Expected[] = browsers.map(() => ({ pending: null, signedIn: null }));
        for (const [which, step] of sequence) {
          const [visitor, expected] = [browsers[which], states[which]];
          if (visitor && expected) await take(visitor, expected, step);
          const seen = await Promise.all(browsers.map((each) => each.whoami()));
          expect(seen).toEqual(states.map(({ signedIn }) => signedIn));
        }
      },
    ),
    { numRuns: 60 },
  );
});

import { Secret, TOTP } from 'otpauth';
import type { TestApp } from './app.js';
import { type Answer, PASSWORD, type Visitor } from './visitor.js';

const STEP = 30_000;

/** An authenticator app: the key as the page shows it, and the clock of the application. */
export class Authenticator {
  private readonly totp: TOTP;

  constructor(
    private readonly now: () => Date,
    key: string,
  ) {
    this.totp = new TOTP({ secret: Secret.fromBase32(key.replaceAll(' ', '')) });
  }

  /** The code of this step, or of one so many steps later. */
  code(steps = 0): string {
    return this.totp.generate({ timestamp: this.now().getTime() + steps * STEP });
  }

  /** Six digits that are the code of no step near. */
  wrong(n = 0): string {
    const near = new Set(Array.from({ length: 9 }, (_, step) => this.code(step - 4)));
    const others = Array.from({ length: 20 }, (_, each) => String(100_000 + n * 20 + each));
    return others.find((each) => !near.has(each)) ?? '';
  }
}

/** What somebody has who has set up two-step login. */
export interface TwoSteps {
  readonly app: Authenticator;
  readonly codes: readonly string[];
  /** What the page showed after it was confirmed. */
  readonly answer: Answer;
}

/** The key that a set-up page shows. */
export function keyOn({ html }: Answer): string {
  return /<code>([A-Z2-7 ]+)<\/code>/.exec(html)?.[1] ?? '';
}

/** The recovery codes that a page shows. */
export function codesOn({ html }: Answer): string[] {
  return /<pre[^>]*>([^<]*)<\/pre>/.exec(html)?.[1]?.split('\n') ?? [];
}

/** Sets up an app on the page of the settings, or of a required set-up. The clock goes on by a step. */
export async function setUp(
  app: TestApp,
  visitor: Visitor,
  page = '/settings/security/authenticator',
): Promise<TwoSteps> {
  const shown = await visitor.get(page);
  const authenticator = new Authenticator(() => app.now(), keyOn(shown));
  const answer = await visitor.submit(
    page,
    { totp: authenticator.code(), currentPassword: PASSWORD },
    page.split('?')[0],
  );
  app.advance(STEP);
  return { app: authenticator, codes: codesOn(answer), answer };
}

/** Somebody with an account of this name and two-step login, signed in. */
export async function twoStepPerson(app: TestApp, username: string) {
  const visitor = await app.person(username);
  return { visitor, ...(await setUp(app, visitor)) };
}

export const AUTHENTICATOR_STEP = '/login/second-step/authenticator';
export const RECOVERY_CODE_STEP = '/login/second-step/recovery-code';

/** Types a code at the second step. */
export function typeTotp(visitor: Visitor, totp: string, more: Record<string, string> = {}) {
  return visitor.send('POST', AUTHENTICATOR_STEP, { body: { totp, ...more } });
}

export function typeRecoveryCode(visitor: Visitor, recoveryCode: string, more = {}) {
  return visitor.send('POST', RECOVERY_CODE_STEP, { body: { recoveryCode, ...more } });
}

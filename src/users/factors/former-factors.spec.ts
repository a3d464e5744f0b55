import fc from 'fast-check';
import { DAY, MINUTE } from '../../core/clock.js';
import type { User, UserChange } from '../user.js';
import type { FormerFactors } from './factors.js';
import { formerFactors, keepingFormer, MAX_FORMER } from './former-factors.js';
import { factorsUndone } from './undone-factors.js';

type Factors = Pick<User, 'totp' | 'recoveryCodes' | 'passkeys' | 'formerFactors'>;
type Step = (factors: Factors, n: number, now: Date) => UserChange;

const START = new Date('2026-03-01T10:00:00.000Z');
const NONE = new Set<string>();

const passkey = (n: number, addedAt: Date) => ({
  id: `passkey-${n}`,
  publicKey: 'cHVibGlj',
  counter: n,
  transports: ['internal'],
  aaguid: '01020304-0506-0708-0102-030405060708',
  rpId: 'localhost',
  backupEligible: false,
  backedUp: false,
  addedAt,
});
const app = (n: number, confirmedAt: Date) => ({
  sealedSecret: `secret-${n}`,
  confirmedAt,
  lastStep: n,
});
const codes = (n: number, madeAt: Date) => ({ hashes: [`code-${n}`, `other-${n}`], madeAt });

const STEPS: Record<string, Step> = {
  'adds a passkey': ({ passkeys = [] }, n, now) => ({ passkeys: [...passkeys, passkey(n, now)] }),
  'removes a passkey': ({ passkeys = [] }, n) => {
    const kept = passkeys.filter((_, place) => place !== n % passkeys.length);
    return { passkeys: kept.length > 0 ? kept : null };
  },
  'sets up an app': (_, n, now) => ({ totp: app(n, now) }),
  'removes the app and the codes': () => ({ totp: null, recoveryCodes: null }),
  'makes codes': (_, n, now) => ({ recoveryCodes: codes(n, now) }),
  'loses everything': () => ({ totp: null, recoveryCodes: null, passkeys: null }),
};

const account: User = {
  id: '0'.repeat(24),
  revision: 0,
  username: 'nora',
  identities: [],
  sessions: [],
  createdAt: START,
};

/** As a repository does it: null takes away. */
function changed(user: User, change: UserChange): User {
  const fields = Object.entries({ ...user, ...change }).filter(([, value]) => value !== null);
  return Object.fromEntries(fields) as unknown as User;
}

function after(user: User, steps: readonly string[], from: number): User {
  return steps.reduce((current, name, index) => {
    const now = minute(from + index);
    const change = STEPS[name]?.(current, from + index, now) ?? {};
    return changed(current, keepingFormer(current, change, now));
  }, user);
}

const minute = (n: number) => new Date(START.getTime() + n * MINUTE);

/** What opens the account: codes stand in for another factor, and are nothing without one. */
function opening({ totp, recoveryCodes, passkeys = [] }: User) {
  const hasOther = totp !== undefined || passkeys.length > 0;
  const byId = passkeys.toSorted((one, other) => one.id.localeCompare(other.id));
  return { totp, codes: hasOther ? recoveryCodes : undefined, passkeys: byId };
}

const names = fc.constantFrom(...Object.keys(STEPS));

it('RS-07 an undo gives back the factors of before, whatever somebody did to them since', () => {
  fc.assert(
    fc.property(
      fc.array(names, { maxLength: 8 }),
      fc.array(names, { maxLength: 60 }),
      (owners, thiefs) => {
        const before = after(account, owners, 0);
        const robbed = after(before, thiefs, owners.length);
        const now = minute(owners.length + thiefs.length);
        const undone = changed(robbed, factorsUndone(robbed, minute(owners.length), now, NONE));
        expect(opening(undone)).toEqual(opening(before));
        expect(undone.trustedDevices).toBeUndefined();
        for (const kept of Object.values(robbed.formerFactors ?? {})) {
          expect((kept as unknown[]).length).toBeLessThanOrEqual(MAX_FORMER);
        }
      },
    ),
  );
});

describe('what is kept of removed factors', () => {
  const full = after(account, ['adds a passkey', 'sets up an app', 'makes codes'], 0);

  it('is as it was, without the count of wrong codes', () => {
    const guesses = { wrong: 3 };
    const guessed: User = {
      ...full,
      totp: { ...app(1, minute(1)), guesses },
      recoveryCodes: { ...codes(2, minute(2)), guesses },
    };
    const now = minute(9);
    const { formerFactors: kept } = keepingFormer(
      guessed,
      { totp: null, recoveryCodes: null },
      now,
    );
    expect(kept).toEqual({
      passkeys: [],
      totps: [{ ...app(1, minute(1)), removedAt: now }],
      recoveryCodes: [{ ...codes(2, minute(2)), removedAt: now }],
    });
  });

  it('is nothing where no factor goes', () => {
    expect(keepingFormer(full, { passkeys: full.passkeys ?? null }, minute(9))).toEqual({
      passkeys: full.passkeys,
    });
  });

  it('ends after seven days, and goes with the next change', () => {
    const robbed = after(full, ['loses everything'], 3);
    const late = new Date(minute(3).getTime() + 7 * DAY);
    const nothing: FormerFactors = { passkeys: [], totps: [], recoveryCodes: [] };
    expect(formerFactors(robbed, late)).toEqual(nothing);
    const undone = changed(robbed, factorsUndone(robbed, minute(3), late, NONE));
    expect(undone).not.toHaveProperty('totp');
    const replaced = changed(robbed, keepingFormer(robbed, { totp: app(5, late) }, late));
    expect(replaced).not.toHaveProperty('formerFactors');
  });

  it('leaves out a passkey that is another account’s by now', () => {
    const robbed = after(full, ['loses everything'], 3);
    const [own] = full.passkeys ?? [];
    const foreign = new Set([own?.id ?? '']);
    const undone = changed(robbed, factorsUndone(robbed, minute(3), minute(4), foreign));
    expect(undone).not.toHaveProperty('passkeys');
    expect(undone.totp).toEqual(full.totp);
  });

  it('is taken back by one undo alone', () => {
    const robbed = after(full, ['loses everything'], 3);
    const undone = changed(robbed, factorsUndone(robbed, minute(3), minute(4), NONE));
    expect(undone).not.toHaveProperty('formerFactors');
  });
});

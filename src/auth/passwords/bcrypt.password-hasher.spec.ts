import bcrypt from 'bcrypt';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { settingsOf } from '../../../test/support/config.js';
import { TooBusy } from '../../core/domain-error.js';
import { BcryptPasswordHasher } from './bcrypt.password-hasher.js';
import type { Comparison, Hashing } from './bcrypt.thread.js';
import { BcryptThreads } from './bcrypt.threads.js';
import { PasswordSettings } from './password.settings.js';

const PEPPER = 'Zt4mX8qLw2VnR7cKy1HbJ5sDf9GpA3eU';
const OLD_PEPPER = 'u0YwE6iOa8TrQ2zMx4NvB7lKc5JhG1fd';

/** The threads, with the rounds of bcrypt's key schedule that they were asked for: all of its time. */
class CountingThreads extends BcryptThreads {
  rounds = 0;

  override async hash(hashing: Hashing): Promise<string> {
    this.rounds += 2 ** hashing.cost;
    return super.hash(hashing);
  }

  override async compare(comparison: Comparison): Promise<boolean> {
    const costs = [bcrypt.getRounds(comparison.hash), ...comparison.topUp];
    this.rounds += costs.reduce((sum, cost) => sum + 2 ** cost, 0);
    return super.compare(comparison);
  }
}

const threads = new CountingThreads();
afterAll(() => threads.onApplicationShutdown());

function hasherWith(
  options: { peppers?: string[]; cost?: number; maxCost?: number } = {},
): BcryptPasswordHasher {
  const { peppers = [PEPPER], cost = 4, maxCost = cost } = options;
  const environment = {
    PASSWORD_PEPPER: peppers.join(),
    BCRYPT_COST: String(cost),
    BCRYPT_MAX_COST: String(maxCost),
  };
  return new BcryptPasswordHasher(settingsOf(PasswordSettings, environment), threads);
}

describe('a stored password', () => {
  it('is verified by itself alone', async () => {
    const hasher = hasherWith();
    const stored = await hasher.hash('correct horse battery');
    expect(await hasher.verify('correct horse battery', stored)).toBe(true);
    expect(await hasher.verify('correct horse batterz', stored)).toBe(false);
    expect(await hasher.verify('', stored)).toBe(false);
  });

  it('PW-03 counts what follows a NUL', async () => {
    const hasher = hasherWith();
    const passwords = ['abcdefgh\0X', 'abcdefgh\0Y', 'abcdefgh\0', 'abcdefgh'];
    const stored = await Promise.all(passwords.map((password) => hasher.hash(password)));
    for (const [index, hash] of stored.entries()) {
      const verdicts = await Promise.all(passwords.map((each) => hasher.verify(each, hash)));
      expect(verdicts).toEqual(passwords.map((_, other) => other === index));
    }
  });

  it('PW-03 counts every byte of a long password, beyond the 72 of bcrypt', async () => {
    const hasher = hasherWith();
    const start = '🦊'.repeat(60);
    const stored = await hasher.hash(`${start}x`);
    expect(await hasher.verify(`${start}x`, stored)).toBe(true);
    expect(await hasher.verify(`${start}y`, stored)).toBe(false);
    expect(await hasher.verify(start, stored)).toBe(false);
  });

  it('PW-04 is the same in composed and decomposed spelling', async () => {
    const hasher = hasherWith();
    const stored = await hasher.hash('cafe\u0301 au lait');
    expect(await hasher.verify('caf\u00e9 au lait', stored)).toBe(true);
    const composed = await hasher.hash('caf\u00e9 au lait');
    expect(await hasher.verify('cafe\u0301 au lait', composed)).toBe(true);
  });

  it.each(['cafe au lait ', ' cafe au lait', 'Cafe au lait', 'cafe  au lait', 'ｃafe au lait'])(
    'PW-04 is changed by nothing else: %j is another one',
    async (other) => {
      const hasher = hasherWith();
      expect(await hasher.verify(other, await hasher.hash('cafe au lait'))).toBe(false);
    },
  );

  it('PW-10 names its scheme, pepper, cost and salt, and holds no secret', async () => {
    const stored = await hasherWith().hash('correct horse battery');
    expect(stored).toMatch(/^\$bcrypt-hmac-sha384\$k=[0-9a-f]{8}\$2b\$04\$[./A-Za-z0-9]{53}$/);
    expect(stored).not.toContain(PEPPER);
  });

  it('PW-10 has a salt of its own, for two people with the same password', async () => {
    const hasher = hasherWith();
    const [ada, eve] = await Promise.all([
      hasher.hash('the same one'),
      hasher.hash('the same one'),
    ]);
    expect(ada.slice(0, 60)).not.toBe(eve.slice(0, 60));
  });

  it('PW-10 is outdated at another cost, and is still verified', async () => {
    const stored = await hasherWith({ cost: 4 }).hash('correct horse battery');
    const dearer = hasherWith({ cost: 5 });
    expect(hasherWith({ cost: 4 }).isOutdated(stored)).toBe(false);
    expect(dearer.isOutdated(stored)).toBe(true);
    expect(await dearer.verify('correct horse battery', stored)).toBe(true);
  });

  it('PW-10 is outdated under an old pepper, and is still verified', async () => {
    const stored = await hasherWith({ peppers: [OLD_PEPPER] }).hash('correct horse battery');
    const rotated = hasherWith({ peppers: [PEPPER, OLD_PEPPER] });
    expect(rotated.isOutdated(stored)).toBe(true);
    expect(await rotated.verify('correct horse battery', stored)).toBe(true);
    expect(await rotated.verify('wrong horse battery', stored)).toBe(false);
    const renewed = await rotated.hash('correct horse battery');
    expect(rotated.isOutdated(renewed)).toBe(false);
    expect(await hasherWith().verify('correct horse battery', renewed)).toBe(true);
  });

  it('PW-10 is worth nothing without its pepper', async () => {
    const stored = await hasherWith({ peppers: [OLD_PEPPER] }).hash('correct horse battery');
    expect(await hasherWith().verify('correct horse battery', stored)).toBe(false);
    // With the other pepper's name on it, it is still another hash.
    const own = await hasherWith().hash('x');
    const renamed = own.slice(0, 30) + stored.slice(30);
    expect(await hasherWith().verify('correct horse battery', renamed)).toBe(false);
  });

  it.each([
    ['nothing', () => ''],
    ['the password itself', () => 'correct horse battery'],
    ['plain bcrypt', () => '$2b$04$short'],
    ['a hash that is too short', () => '$bcrypt-hmac-sha384$k=00000000$2b$04$x'],
    ['a cost that would keep a core for hours', (own: string) => own.replace('$2b$04', '$2b$31')],
    ['a cost above the highest', (own: string) => own.replace('$2b$04', '$2b$06')],
    ['a cost that is none', (own: string) => own.replace('$2b$04', '$2b$00')],
    ['a sign that bcrypt has not', (own: string) => own.replace(/.$/, '!')],
    ['bits that no hash ends with', (own: string) => own.replace(/.$/, 'Z')],
  ])('PW-10 of another form verifies nothing and opens nothing: %s', async (_, spoil) => {
    const hasher = hasherWith({ cost: 4, maxCost: 5 });
    const stored = spoil(await hasher.hash('correct horse battery'));
    expect(hasher.canVerify(stored)).toBe(false);
    expect(await hasher.verify('correct horse battery', stored)).toBe(false);
    expect(hasher.isOutdated(stored)).toBe(true);
  });

  it('PW-10 of a higher cost than new ones is verified up to the highest, and is outdated', async () => {
    const stored = await hasherWith({ cost: 6 }).hash('correct horse battery');
    const lowered = hasherWith({ cost: 4, maxCost: 6 });
    expect(lowered.canVerify(stored)).toBe(true);
    expect(await lowered.verify('correct horse battery', stored)).toBe(true);
    expect(lowered.isOutdated(stored)).toBe(true);
  });
});

describe('an account without a password', () => {
  it.each(['', ' ', 'null', 'undefined', 'correct horse battery'])(
    'PW-12 is not opened by %j',
    async (password) => {
      expect(await hasherWith().verify(password, undefined)).toBe(false);
    },
  );

  it('EN-01 costs as much as one with a password', async () => {
    const hasher = hasherWith({ cost: 10 });
    const stored = await hasher.hash('correct horse battery');
    const real = await cheapest(() => hasher.verify('wrong horse battery', stored));
    const none = await cheapest(() => hasher.verify('wrong horse battery', undefined));
    // Answering without a hash would be thousands of times faster.
    expect(none / real).toBeGreaterThan(0.3);
  });
});

describe('whatever is stored', () => {
  it('EN-01 a wrong password is as much work as one for an unknown name', async () => {
    const hasher = hasherWith({ peppers: [PEPPER], cost: 6, maxCost: 8 });
    const own = await hasher.hash('correct horse battery');
    const stored = [
      undefined,
      own,
      'not a hash',
      own.replace('$2b$06', '$2b$31'),
      own.replace(/.$/, '!'),
      await hasherWith({ cost: 4 }).hash('correct horse battery'),
      await hasherWith({ cost: 8 }).hash('correct horse battery'),
      await hasherWith({ peppers: [OLD_PEPPER], cost: 5 }).hash('correct horse battery'),
    ];
    for (const each of stored) {
      expect([each, await workOf(() => hasher.verify('wrong horse battery', each))]).toEqual([
        each,
        2 ** 8,
      ]);
    }
  });
});

describe('the threads that hash', () => {
  it('PW-06 have a lower priority than the rest, where threads have one', async () => {
    await hasherWith().hash('correct horse battery');
    if (process.platform !== 'linux') return;
    const nice = (path: string) =>
      Number(
        readFileSync(path, 'utf8')
          .replace(/^.*\) /, '')
          .split(' ')[16],
      );
    const own = nice('/proc/self/stat');
    const all = readdirSync('/proc/self/task').map((id) => nice(`/proc/self/task/${id}/stat`));
    expect(all.filter((each) => each > own).length).toBeGreaterThan(0);
    expect(nice('/proc/thread-self/stat')).toBe(own);
  });
});

describe('a flood of passwords', () => {
  it('PW-06 is turned away beyond 64 waiting, and the others are served', async () => {
    const hasher = hasherWith();
    const room = availableParallelism() + 64;
    const flood = Array.from({ length: room + 20 }, () => hasher.hash('correct horse battery'));
    const outcomes = await Promise.allSettled(flood);
    const served = outcomes.filter(({ status }) => status === 'fulfilled');
    expect(served).toHaveLength(room);
    for (const outcome of outcomes.slice(room)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(TooBusy) });
    }
    expect(await hasher.verify('correct horse battery', await flood[0])).toBe(true);
  });

  it('PW-06 turns away comparisons as well, and gives every place back', async () => {
    const hasher = hasherWith();
    const room = availableParallelism() + 64;
    for (const round of [1, 2]) {
      const flood = Array.from({ length: room + round }, () => hasher.verify('x', undefined));
      const outcomes = await Promise.allSettled(flood);
      expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(round);
    }
  });
});

async function workOf(work: () => Promise<unknown>): Promise<number> {
  threads.rounds = 0;
  await work();
  return threads.rounds;
}

/** Milliseconds of the fastest of a few runs: the one that the machine disturbed least. */
async function cheapest(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 4; round++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

import { AppConfig } from '../core/config/app-config.js';
import { TooBusy } from '../core/domain-error.js';
import { BcryptPasswordHasher } from './bcrypt.password-hasher.js';

const [FIRST, SECOND] = ['first pepper of the tests', 'second pepper of the tests'] as const;

function hasher(passwordPeppers: string[], bcryptCost = 4): BcryptPasswordHasher {
  // It reads no other settings than these two.
  return new BcryptPasswordHasher({ passwordPeppers, bcryptCost } as unknown as AppConfig);
}

it('PW-10 stores a string of its own salt that names scheme, pepper and cost', async () => {
  const one = await hasher([FIRST]).hash('the same password');
  const two = await hasher([FIRST]).hash('the same password');
  expect(one).not.toBe(two);
  expect(one).toMatch(/^\$bcrypt-hmac-sha384\$k=[0-9a-f]{8}\$2b\$04\$.{53}$/);
});

it('PW-03, PW-04 tells passwords apart to the last character, but not by their normal form', async () => {
  const subject = hasher([FIRST]);
  const long = 'x'.repeat(100);
  const stored = await subject.hash(`caf\u00e9 ${long}\u0000X`);
  expect(await subject.verify(`cafe\u0301 ${long}\u0000X`, stored)).toBe(true);
  for (const other of [
    `caf\u00e9 ${long}\u0000Y`,
    `caf\u00e9 ${long}`,
    `Caf\u00e9 ${long}\u0000X`,
    `caf\u00e9 ${long}\u0000X `,
  ]) {
    expect(await subject.verify(other, stored)).toBe(false);
  }
});

it('PW-10 verifies with an older pepper and calls such a hash outdated', async () => {
  const stored = await hasher([FIRST]).hash('a password');
  const rotated = hasher([SECOND, FIRST]);
  expect(await rotated.verify('a password', stored)).toBe(true);
  expect(rotated.isOutdated(stored)).toBe(true);
  expect(rotated.isOutdated(await rotated.hash('a password'))).toBe(false);
  expect(hasher([FIRST], 5).isOutdated(stored)).toBe(true);
  expect(await hasher([SECOND]).verify('a password', stored)).toBe(false);
});

it('PW-12 lets nobody in where no password, or something else, is stored', async () => {
  const subject = hasher([FIRST]);
  for (const stored of [undefined, '', 'null', '$2b$04$short']) {
    for (const typed of ['', ' ', 'null', 'undefined']) {
      expect(await subject.verify(typed, stored)).toBe(false);
    }
  }
});

it('PW-06 refuses when too many are waiting, and works again afterwards', async () => {
  const subject = hasher([FIRST]);
  const flood = await Promise.allSettled(
    Array.from({ length: 200 }, () => subject.verify('a password', undefined)),
  );
  const refused = flood.filter((each) => each.status === 'rejected');
  expect(refused.length).toBeGreaterThan(100);
  expect(refused.every((each) => each.reason instanceof TooBusy)).toBe(true);
  expect(await subject.verify('a password', await subject.hash('a password'))).toBe(true);
});

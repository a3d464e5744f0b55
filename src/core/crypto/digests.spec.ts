import { digest, fingerprint, isSame, signature } from './digests.js';
import { deriveKeys } from './keys.js';

it('a digest is SHA-256, as FIPS 180 shows it', () => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(fingerprint('abc')).toBe(abc);
  expect(Buffer.from(digest('abc'), 'base64url').toString('hex')).toBe(abc);
  expect(digest('')).toMatch(/^[\w-]{43}$/);
});

it.each([
  ['sha256', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
  [
    'sha384',
    'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
  ],
] as const)('a signature is HMAC with %s, as RFC 4231 shows it', (algorithm, expected) => {
  expect(signature('Jefe', 'what do ya want for nothing?', algorithm, 'hex')).toBe(expected);
});

it.each([
  ['same', 'same', true],
  ['', '', true],
  ['same', 'sane', false],
  ['same', 'same ', false],
  ['same', '', false],
  ['é', 'e\u0301', false],
])('%j and %j are the same: %s', (one, other, same) => {
  expect(isSame(one, other)).toBe(same);
});

describe('derived keys', () => {
  it('are those of HKDF, as RFC 5869 shows it', () => {
    const [key] = deriveKeys(['\u000b'.repeat(22)], '');
    expect(key?.toString('hex')).toBe(
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d',
    );
  });

  it('are others for another purpose and another secret, in the order of the secrets', () => {
    const all = [...deriveKeys(['new', 'old'], 'a session'), ...deriveKeys(['new'], 'a seal')];
    expect(new Set(all.map((key) => key.toString('hex'))).size).toBe(3);
    expect(deriveKeys(['old', 'new'], 'a session')).toEqual([all[1], all[0]]);
  });
});

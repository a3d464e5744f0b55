import { dictionary } from '@zxcvbn-ts/language-common';
import { settingsOf } from '../../../test/support/config.js';
import { CoreSettings } from '../../core/config/core.settings.js';
import { UnacceptablePassword } from './password.errors.js';
import { type PasswordContext, PasswordPolicy } from './password-policy.js';
import { PasswordSettings } from './password.settings.js';

function policyWith({ min = 8, brand = 'Rosewood' } = {}): PasswordPolicy {
  return new PasswordPolicy(
    settingsOf(PasswordSettings, { PASSWORD_MIN_LENGTH: String(min) }),
    settingsOf(CoreSettings, { BRAND: brand }),
  );
}

const policy = policyWith();
const person = { username: 'maria2001', email: 'm.curie@example.com', name: 'Marie Curie' };

/** Why a password is refused; null when it is not. */
function refusal(password: string, context: PasswordContext = {}, used = policy): string | null {
  try {
    used.check(password, context, 'newPassword');
    return null;
  } catch (error) {
    if (!(error instanceof UnacceptablePassword)) throw error;
    return error.code;
  }
}

/** Emoji that differ from one another: two UTF-16 units and four bytes each. */
function emoji(count: number): string {
  return Array.from({ length: count }, (_, n) => String.fromCodePoint(0x1f400 + n)).join('');
}

describe('the length of a password', () => {
  it.each([
    ['letters', (count: number) => 'kd8wq5zt2mvx7pbn'.slice(0, count)],
    ['emoji', emoji],
    [
      'decomposed letters',
      (count: number) => 'a\u0301e\u0300o\u0302'.repeat(9).slice(0, count * 2),
    ],
  ])('PW-01 is 8 code points at least, of %s', (_, make) => {
    expect(refusal(make(7))).toBe('password-short');
    expect(refusal(make(8))).toBeNull();
  });

  it('PW-01 is 256 code points at most', () => {
    expect(refusal(emoji(256))).toBeNull();
    expect(refusal(emoji(257))).toBe('password-long');
    expect(refusal('x'.repeat(1_000_000))).toBe('password-long');
  });

  it('PW-01 is 15 code points at least where that is asked for', () => {
    const strict = policyWith({ min: 15 });
    expect(refusal(emoji(14), {}, strict)).toBe('password-short');
    expect(refusal(emoji(15), {}, strict)).toBeNull();
    expect(refusal('kd8wq5zt2mvx7p', {}, strict)).toBe('password-short');
    expect(refusal('kd8wq5zt2mvx7pb', {}, strict)).toBeNull();
  });

  it('PW-01 is told with the reason, beside the field', () => {
    const check = () => policyWith({ min: 15 }).check('short', {}, 'newPassword');
    expect(check).toThrow(
      expect.objectContaining({
        code: 'password-short',
        field: 'newPassword',
        params: { min: 15 },
      }),
    );
  });

  it.each([' '.repeat(8), '\u3000'.repeat(20), '', '\t\n \t\n \t\n'])(
    'PW-01 is not made up of spaces: %j is refused',
    (password) => {
      expect(refusal(password)).not.toBeNull();
    },
  );
});

describe('a password that is guessed first', () => {
  const common = [...dictionary['passwords-common']].map(String);

  it('PW-07 is refused when it is any of the common ones, in any case', () => {
    const long = common.filter((word) => [...word].length >= 8);
    expect(long.length).toBeGreaterThan(3000);
    expect(long.filter((word) => refusal(word) === null)).toEqual([]);
    expect(long.filter((word) => refusal(word.toUpperCase()) === null)).toEqual([]);
  });

  it.each(['password', 'Password1', 'iloveyou', 'qwertyuiop', 'football', 'trustno1'])(
    'PW-07 is refused: %s',
    (password) => {
      expect(refusal(password)).not.toBeNull();
    },
  );

  it.each(['aaaaaaaaaaaaaaa', 'abababababab', 'xyzxyzxyzxyz', 'ABABABABAB', '🦊🦊🦊🦊🦊🦊🦊🦊'])(
    'PW-07 is refused for its repetition: %s',
    (password) => {
      expect(refusal(password)).toBe('password-repetitive');
    },
  );

  it.each(['abcdefghij', 'zyxwvutsrq', 'JKLMNOPQRST', 'asdfghjklz', 'mnbvcxzlkj', '3456789012'])(
    'PW-07 is refused for its sequence: %s',
    (password) => {
      expect(refusal(password)).not.toBeNull();
    },
  );

  it.each([
    'maria2001',
    'MARIA2001',
    'ｍａｒｉａ２００１',
    '1002airam',
    'maria2001maria2001',
    'maria2001!',
    '!!maria2001',
    'maria2001123',
    'm.curie@example.com',
    'M.Curie@Example.com1',
    'm.curie1',
    'marie curie',
    'MarieCurie!!',
    'eirucairam1'.replace('airam', 'eiram'),
    'rosewood',
    'Rosewood2026',
    '#rosewood#',
    'latchkey',
    'Latchkey99',
  ])('PW-07 is refused as it is derived from the person or the product: %s', (password) => {
    expect(refusal(password, person)).not.toBeNull();
  });

  it('PW-07 is compared whole: a sentence may hold the name', () => {
    expect(refusal('maria2001 likes green tea', person)).toBeNull();
    expect(refusal('my latchkey hangs on the door', person)).toBeNull();
  });

  it('PW-07 is not compared with a name of one or two letters', () => {
    expect(refusal('x5829461!', { username: 'x', name: 'X' })).toBeNull();
  });

  it('PW-07 is one person’s name and no one else’s', () => {
    expect(refusal('maria2001!', { username: 'ada' })).toBeNull();
  });
});

describe('a password of any kind', () => {
  it.each([
    ['small letters', 'tovrandimelk'],
    ['capitals', 'TOVRANDIMELK'],
    ['digits', '840275916305'],
    ['signs', '!)(&%$?_;:'],
    ['words with spaces', 'correct horse battery staple'],
    ['spaces at its ends', '  tovrandimelk  '],
    ['emoji', '🦊🐙🌵🍉🚲🎈🧩🪁'],
    ['another script', 'зелёный чай утром'],
    ['markup', '<script>alert(1)</script>'],
    ['NUL', 'tovran\0dimelk'],
  ])('PW-08 may be of %s', (_, password) => {
    expect(refusal(password, person)).toBeNull();
  });
});

import { AppConfig } from '../core/config/app-config.js';
import { PasswordPolicy } from './password-policy.js';

const ANN = { username: 'annabellina', email: 'ann.smith@example.com', name: 'Ann Smith' };

function codeOf(password: string, passwordMinLength = 8): string | null {
  // It reads no other settings than these two.
  const policy = new PasswordPolicy({ passwordMinLength, brand: 'Latchkey' } as AppConfig);
  try {
    policy.check(password, ANN, 'password');
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

it('PW-01 counts code points, at both ends and with a longer minimum', () => {
  expect(codeOf('\u{1f511}\u{1f6aa}\u{1f3e0}\u{1f333}\u{1f30a}\u{26f5}\u{1f319}')).toBe(
    'password-short',
  );
  expect(
    codeOf('\u{1f511}\u{1f6aa}\u{1f3e0}\u{1f333}\u{1f30a}\u{26f5}\u{1f319}\u{2b50}'),
  ).toBeNull();
  const words = 'quiet harbour '.repeat(19).slice(0, 256);
  expect(codeOf(words)).toBeNull();
  expect(codeOf(`${words}x`)).toBe('password-long');
  expect(codeOf('fourteen signs', 15)).toBe('password-short');
  expect(codeOf('fifteen signs ok', 15)).toBeNull();
});

it('PW-07 refuses what is guessed first and says why', () => {
  for (const common of ['password', 'Password1', 'iloveyou', 'sunshine', 'qwertyuiop']) {
    expect(codeOf(common)).toBe('password-common');
  }
  for (const repeated of ['aaaaaaaaaaaaaaa', 'abcabcabcabc', '        ', 'zyxwvutsrq']) {
    expect(codeOf(repeated)).not.toBeNull();
  }
  for (const personal of [
    'annabellina',
    'Annabellina2026!',
    'ann.smith@example.com',
    'anillebanna',
    'latchkey123',
    'LatchkeyLatchkey',
  ]) {
    expect(codeOf(personal)).toBe('password-personal');
  }
});

it('PW-08 asks for no kinds of characters', () => {
  for (const fine of ['three quiet harbours', '8402957163', 'ölfarbenblau', 'ANOTHERLOUDTHING']) {
    expect(codeOf(fine)).toBeNull();
  }
});

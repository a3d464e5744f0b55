import fc from 'fast-check';
import { canonicalEmail, canonicalUsername, cleanName, isReservedUsername } from './user.js';

const text = fc.string({ unit: 'binary', maxLength: 60 });

it('UN-02 a canonical form of a canonical form is itself', () => {
  fc.assert(
    fc.property(text, (given) => {
      for (const canonical of [canonicalUsername, canonicalEmail, cleanName]) {
        expect(canonical(canonical(given))).toBe(canonical(given));
      }
    }),
    { numRuns: 10_000 },
  );
});

it('UN-01 letters that are a case of one another have one form', () => {
  for (const [one, other] of [
    ['BOB', 'bob'],
    ['ｂｏｂ', 'bob'],
    ['\u212aate', 'kate'],
    ['\u017fam', 'sam'],
    ['stra\u00dfe', 'STRASSE'],
    ['\u03c3\u03b1\u03c2', '\u03a3\u0391\u03a3'],
  ] as const) {
    expect(canonicalUsername(one)).toBe(canonicalUsername(other));
  }
});

it('has one form of an address in any case and spelling of its domain', () => {
  expect(canonicalEmail(' Ann@B\u00dcCHER.example ')).toBe('ann@xn--bcher-kva.example');
});

it('UN-08 keeps the names of the site in any case and spelling', () => {
  for (const name of [
    'admin',
    'ROOT',
    'Login',
    'ａｄｍｉｎ',
    '__proto__',
    'constructor',
    'settings',
  ]) {
    expect(isReservedUsername(name)).toBe(true);
  }
  expect(isReservedUsername('ann')).toBe(false);
});

it('UN-04 takes out of a display name what nobody can see', () => {
  expect(cleanName(' A\u202eb\u2066c\u00add\ufeff\u200b\u0000e\u{e0041} \u3000 f\r\ng ')).toBe(
    'Abcd e f g',
  );
  expect(cleanName('\u{1f469}\u200d\u{1f680}')).toBe('\u{1f469}\u200d\u{1f680}');
});

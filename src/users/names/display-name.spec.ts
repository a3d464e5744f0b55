import fc from 'fast-check';
import { cleanName } from './display-name.js';

const RUNS = { numRuns: 10_000 };

describe('a display name', () => {
  it.each([
    ['zero width space', '\u200b'],
    ['soft hyphen', '\u00ad'],
    ['byte order mark', '\ufeff'],
    ['right-to-left override', '\u202e'],
    ['isolate', '\u2066'],
    ['tag', '\u{e0041}'],
    ['private use', '\ue000'],
    ['lone surrogate', '\ud800'],
    ['unassigned', '\u0378'],
  ])('UN-04 loses a %s', (_, invisible) => {
    expect(cleanName(`${invisible}Ada ${invisible}Love${invisible}lace${invisible}`)).toBe(
      'Ada Lovelace',
    );
  });

  it.each(['\0', '\u0007', '\u001b', '\u0085', '\u009b', '\u2028', '\u2029', '\r\n', '\t'])(
    'UN-04 has a space for the control %j',
    (control) => {
      expect(cleanName(`Ada${control}Lovelace`)).toBe('Ada Lovelace');
    },
  );

  it('UN-04 holds nothing invisible but joiners, whatever was typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        return !/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u.test(
          cleanName(text),
        );
      }),
      RUNS,
    );
  });

  it('UN-06 has one space for any white space, and none around it', () => {
    expect(cleanName('\u3000 Ada \u00a0\t Lovelace\u00a0')).toBe('Ada Lovelace');
  });

  it.each(['👩‍👩‍👧', 'می‌خواهم', 'Zoë', '李小龙', '❤️', "O'Brien-Łukasz"])(
    'is kept when it is %s',
    (name) => {
      expect(cleanName(name)).toBe(name.normalize('NFC'));
    },
  );
});

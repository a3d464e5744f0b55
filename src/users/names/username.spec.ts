import fc from 'fast-check';
import { canonicalUsername, isReservedUsername, USERNAME } from './username.js';

const RUNS = { numRuns: 10_000 };

// Text in which the characters that fold, decompose or vanish are as frequent as letters.
const awkwardText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }),
      fc.constantFrom(
        ...'İıßſKÅΣςﬁŉǰΐẞ＠．ａＡ¨´ﷺ℡',
        '\u0307',
        '\u0345',
        '\u00ad',
        '\u200d',
        ' ',
        '@',
        '.',
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('the form in which a user name is looked up', () => {
  it('UN-02 canonical forms are idempotent over random text', () => {
    fc.assert(
      fc.property(awkwardText, (text) => {
        const once = canonicalUsername(text);
        return canonicalUsername(once) === once;
      }),
      RUNS,
    );
  });

  it('UN-02 canonical forms are idempotent over each character alone', () => {
    const moving = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      const once = canonicalUsername(`a${String.fromCodePoint(code)}b`);
      if (canonicalUsername(once) !== once) moving.push(code.toString(16));
    }
    expect(moving).toEqual([]);
  });

  it('UN-02 is the same for the composed and the decomposed spelling', () => {
    fc.assert(
      fc.property(awkwardText, (text) => {
        return (
          canonicalUsername(text.normalize('NFD')) === canonicalUsername(text.normalize('NFC'))
        );
      }),
      RUNS,
    );
  });

  it('UN-01 is the same for every case of the characters that a user name may have', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{3,40}$/), (name) => {
        expect(canonicalUsername(name.toUpperCase())).toBe(canonicalUsername(name));
        expect(canonicalUsername(name.toLowerCase())).toBe(canonicalUsername(name));
      }),
    );
  });

  it.each([
    ['BOB', 'bob'],
    ['ﬀ', 'ff'],
    ['ｂｏｂ', 'bob'],
    ['ＢＯＢ', 'bob'],
    ['\u212aate', 'kate'],
    ['me\u017fs', 'mess'],
    ['stra\u00dfe', 'strasse'],
    ['STRASSE', 'strasse'],
    ['d\u0131m', 'dim'],
    ['\u1e9e\u1e9e', 'ssss'],
    ['  bob\n', 'bob'],
  ])('UN-01 takes %j for %j', (typed, canonical) => {
    expect(canonicalUsername(typed)).toBe(canonical);
  });

  it('UN-01 has one form for the dotted capital I, and it is no permitted user name', () => {
    const canonical = canonicalUsername('\u0130da');
    expect(canonicalUsername('i\u0307da')).toBe(canonical);
    expect(canonicalUsername('I\u0307DA')).toBe(canonical);
    expect(canonical).not.toMatch(USERNAME.pattern);
  });
});

describe('the names that are kept for the site', () => {
  it.each(
    'admin root login settings api well-known __proto__ constructor logout me security'.split(' '),
  )('UN-08 hold %s, in any case and width', (name) => {
    const wide = [...name].map((sign) => String.fromCodePoint((sign.codePointAt(0) ?? 0) + 0xfee0));
    for (const spelling of [name, name.toUpperCase(), ` ${name}\n`, wide.join('')]) {
      expect(isReservedUsername(spelling)).toBe(true);
    }
  });

  it('UN-08 hold no name that only starts like one', () => {
    expect(['admins-fan', 'rooty', 'mel', 'apis'].filter(isReservedUsername)).toEqual([]);
  });

  it.each(['.well-known', '..', '../x', 'a.b', 'аdmin', 'ada\n', ''])(
    'UN-08 are not needed for %j, which is no user name at all',
    (name) => {
      expect(name).not.toMatch(USERNAME.pattern);
    },
  );
});

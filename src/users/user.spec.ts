import fc from 'fast-check';
import {
  canonicalEmail,
  canonicalUsername,
  cleanName,
  isReservedUsername,
  USERNAME,
} from './user.js';

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

describe('the form in which an address is looked up', () => {
  it('UN-02 canonical forms are idempotent over random text', () => {
    fc.assert(
      fc.property(awkwardText, awkwardText, (local, domain) => {
        return [local, `${local}@${domain}`, `${local}@${domain}.com`]
          .map(canonicalEmail)
          .every((once) => canonicalEmail(once) === once);
      }),
      RUNS,
    );
  });

  it.each([
    ['Ada@Example.COM', 'ada@example.com'],
    ['ada＠ｅｘａｍｐｌｅ．com', 'ada@example.com'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@BÜCHER.example', 'ada@xn--bcher-kva.example'],
    ['ada@bu\u0308cher.example', 'ada@xn--bcher-kva.example'],
    ['ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
    ['\u212aate@example.com', 'kate@example.com'],
    ['\u00a0ada@example.com\r\n', 'ada@example.com'],
  ])('UN-01 takes %j for %j', (typed, canonical) => {
    expect(canonicalEmail(typed)).toBe(canonical);
  });

  it('keeps dots and tags apart, since only some hosts ignore them', () => {
    expect(canonicalEmail('a.da+x@example.com')).toBe('a.da+x@example.com');
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

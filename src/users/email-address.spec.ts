import fc from 'fast-check';
import { canonicalEmail } from './email-address.js';

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

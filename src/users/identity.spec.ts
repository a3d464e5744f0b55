import fc from 'fast-check';
import { identityKey, isFrom } from './identity.js';

// Text in which what separates and what escapes is as frequent as letters.
const awkward = fc
  .array(fc.constantFrom(' ', '%', '2', '0', '%20', '/', ':', 'a', '\t', '\u00a0', 'é'), {
    maxLength: 6,
  })
  .map((parts) => parts.join(''));
const pair = fc.tuple(awkward, awkward);

it('OA-09 no two pairs of issuer and subject have one key', () => {
  fc.assert(
    fc.property(pair, pair, ([issuer, subject], [otherIssuer, otherSubject]) => {
      const same = issuer === otherIssuer && subject === otherSubject;
      return (identityKey(issuer, subject) === identityKey(otherIssuer, otherSubject)) === same;
    }),
    { numRuns: 20_000 },
  );
});

it('OA-09 a space that moves from the subject to the issuer makes another key', () => {
  fc.assert(
    fc.property(awkward, awkward, awkward, (one, middle, last) => {
      const joined = identityKey(`${one} ${middle}`, last);
      return joined !== identityKey(one, `${middle} ${last}`);
    }),
    { numRuns: 20_000 },
  );
});

it.each(['0042', '42', '9007199254740993', 'A b', '', '\u0000', 'ａ'])(
  'OA-09 keeps the subject %j exactly',
  (subject) => {
    expect(identityKey('https://accounts.google.com', subject)).toBe(
      `https://accounts.google.com ${subject}`,
    );
  },
);

it('OA-09 is from the issuer that it was made with, and from no other', () => {
  fc.assert(
    fc.property(pair, awkward, ([issuer, subject], other) => {
      const key = identityKey(issuer, subject);
      return isFrom(issuer, key) && isFrom(other, key) === (encodeURI(other) === encodeURI(issuer));
    }),
    { numRuns: 20_000 },
  );
});

import { codeReader, digitsIn, drawSecret } from './totp-codes.js';

/** The key of RFC 6238, appendix B: "12345678901234567890" in base 32. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

// The last six digits of the eight in the RFC.
it.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('takes the code of RFC 6238 at %i seconds', async (seconds, code) => {
  const read = await codeReader();
  const step = Math.floor(seconds / 30);
  expect(read(SECRET, code, new Date(seconds * 1000))).toEqual({ kind: 'right', step });
});

it.each([
  [-3, 'wrong'],
  [-2, 'wrong'],
  [-1, 'right'],
  [0, 'right'],
  [1, 'right'],
  [2, 'late'],
  [3, 'wrong'],
])('MF-01 a code read %i steps after its own is %s', async (steps, kind) => {
  const read = await codeReader();
  const at = new Date((1_111_111_111 + steps * 30) * 1000);
  expect(read(SECRET, '050471', at).kind).toBe(kind);
});

it('MF-05 draws secrets of 160 bits, no two alike', async () => {
  const secrets = await Promise.all(Array.from({ length: 100 }, drawSecret));
  expect(new Set(secrets).size).toBe(100);
  for (const secret of secrets) expect(secret).toMatch(/^[A-Z2-7]{32}$/);
});

it.each([
  ['123456', '123456'],
  [' 123 456 ', '123456'],
  ['123-456', '123456'],
  ['١٢٣٤٥٦', '١٢٣٤٥٦'],
  ['12345a', '12345a'],
])('MF-02 leaves spaces and dashes out of %j, and changes nothing else', (typed, digits) => {
  expect(digitsIn(typed)).toBe(digits);
});

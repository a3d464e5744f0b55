import fc from 'fast-check';
import { printable } from './log.js';

describe('text of a stranger in a log line', () => {
  it.each([
    ['a line break', 'ada\r\nlogin ok user=eve', '\\u{d}\\u{a}'],
    ['a colour of the terminal', '\u001b[31mred', '\\u{1b}'],
    ['a one-byte terminal command', '\u009b31mred', '\\u{9b}'],
    ['NUL', 'a\0b', '\\u{0}'],
    ['a line separator', 'a\u2028b', '\\u{2028}'],
    ['a paragraph separator', 'a\u2029b', '\\u{2029}'],
    ['a change of direction', 'a\u202eb', '\\u{202e}'],
    ['an invisible tag', 'a\u{e0041}b', '\\u{e0041}'],
  ])('LG-02 has an escape for %s', (_, text, escape) => {
    const line = printable(text);
    expect(line).toContain(escape);
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
  });

  it.each(['%s%o%j%d', '{"level":"error","message":"forged"}', 'Zoë 李小龙 😀', '/a/b?c=d', ''])(
    'LG-02 is left as it is when it is %j',
    (text) => {
      expect(printable(text)).toBe(text);
    },
  );

  it('LG-02 can be told from an escape that somebody typed', () => {
    expect(printable('\\u{a}')).toBe('\\\\u{a}');
    expect(printable('\\u{a}')).not.toBe(printable('\n'));
    expect(printable('\\'.repeat(500))).toHaveLength(1000);
  });

  it('LG-02 is capped, and shows that it was', () => {
    expect(printable('a'.repeat(500))).toBe('a'.repeat(500));
    expect(printable('a'.repeat(10_000))).toBe(`${'a'.repeat(500)}…`);
    expect(printable('\n'.repeat(1_000_000)).length).toBeLessThan(5000);
  });

  it('LG-02 is one line without controls, whatever was given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        const line = printable(text);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(line.replace(/\\\\|\\u\{[0-9a-f]+\}/g, '')).not.toContain('\\');
      }),
      { numRuns: 2000 },
    );
  });
});

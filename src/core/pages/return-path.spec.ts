import fc from 'fast-check';
import { returnPath } from './return-path.js';

const OWN = 'https://accounts.example.com';

const PIECES = `/ // \\ . .. : @ # ? evil.com https: javascript: data: %2f %5c %2e %09 ／ 。 [ ] ; &`;

const pieces = fc.oneof(
  fc.constantFrom(' ', '\t', '\r', '\n', '\0', ...PIECES.split(' ')),
  fc.string({ unit: 'binary', maxLength: 3 }),
);
const hostilePaths = fc.array(pieces, { maxLength: 10 }).map((parts) => parts.join(''));

describe('the return path', () => {
  it.each(['/', '/settings', '/settings/password?tab=2', '/a/b?x=%2F%2Fevil', '/%E4', '/a//b'])(
    'may be %s',
    (path) => {
      expect(returnPath(path)).toBe(path);
    },
  );

  it.each([
    '//evil.com',
    '///evil.com',
    '/\\evil.com',
    '\\/evil.com',
    '\\\\evil.com',
    'https:evil.com',
    'https://evil.com',
    'https:/evil.com',
    '/.//evil.com',
    '/..//evil.com',
    '/x/..//evil.com',
    '/%2e//evil.com',
    '/%2E%2e//evil.com',
    '/\t/evil.com',
    '/\r/evil.com',
    '/\n/evil.com',
    '\t//evil.com',
    ' //evil.com',
    '/ok\r\nLocation: https://evil.com',
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'data:text/html,x',
    'http://accounts.example.com@evil.com',
    'accounts.example.com.evil.com',
    '@evil.com',
    '.evil.com',
    'settings',
    '?next=/',
    '',
  ])('IN-12 is not %j', (value) => {
    expect(returnPath(value)).toBeNull();
  });

  it.each([
    [['/settings']],
    [['//evil.com', '/']],
    [{ toString: () => '/' }],
    [7],
    [null],
    [undefined],
  ])('IN-12 is text: %j is refused', (value) => {
    expect(returnPath(value)).toBeNull();
  });

  it('IN-12 is not 5 KB long', () => {
    expect(returnPath(`/${'a'.repeat(5 * 1024)}`)).toBeNull();
    expect(returnPath(`/${'a'.repeat(1999)}`)).toHaveLength(2000);
  });

  it('IN-12 is measured as it stands in an address', () => {
    expect(returnPath(`/${'ä'.repeat(333)}`)).toHaveLength(1999);
    expect(returnPath(`/${'ä'.repeat(334)}`)).toBeNull();
    expect(returnPath(`/?q=${'😀'.repeat(900)}`)).toBeNull();
  });

  it('IN-12 leaves an encoded backslash encoded', () => {
    const path = returnPath('/%5cevil.com');
    expect(path).toBe('/%5cevil.com');
    expect(new URL(path ?? '', OWN).origin).toBe(OWN);
  });

  it('is in the form that a browser asks for, without a fragment', () => {
    expect(returnPath('/a/../b?q=ä#part')).toBe('/b?q=%C3%A4');
  });

  it('IN-12 stays on the own origin whatever was given, and is safe to check again', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          hostilePaths,
          hostilePaths.map((path) => `/${path}`),
        ),
        (value) => {
          const path = returnPath(value);
          if (path === null) return true;
          return (
            new URL(path, OWN).origin === OWN &&
            new URL(path, `${OWN}/some/page?x`).origin === OWN &&
            /^\/[\u0021-\u005b\u005d-\u007e]*$/.test(path) &&
            returnPath(path) === path
          );
        },
      ),
    );
  });
});

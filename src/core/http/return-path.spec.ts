import fc from 'fast-check';
import { returnPath } from './return-path.js';

const OWN = 'https://own.example';

it('IN-12 refuses every way to another site', () => {
  for (const evil of [
    '//evil',
    '/\\evil',
    '\\\\evil',
    'https:evil',
    'https://evil',
    '/.//evil',
    '/..//evil',
    '/\t/evil',
    '/\n/evil',
    ' /settings',
    'javascript:alert(1)',
    'http://own.example@evil',
    'own.example.evil',
    `/${'a'.repeat(5000)}`,
    ['/settings'],
    undefined,
    '',
  ]) {
    expect(returnPath(evil)).toBeNull();
  }
});

it('lets our own paths through, with their query', () => {
  for (const path of ['/', '/settings', '/settings?tab=a&b=c', '/%5cevil']) {
    expect(returnPath(path)).toBe(path);
  }
});

it('IN-12 whatever passes stays on its own origin when a browser resolves it', () => {
  const parts = fc.array(
    fc.constantFrom('/', '\\', '.', '..', ':', '@', 'evil', '%2f', '\t', '?', '#', 'a'),
  );
  fc.assert(
    fc.property(parts, (pieces) => {
      const path = returnPath(`/${pieces.join('')}`);
      if (path !== null) expect(new URL(path, OWN).origin).toBe(OWN);
    }),
    { numRuns: 5000 },
  );
});

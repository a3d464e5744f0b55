import { Seal } from './seal.js';

const OLD = 'kW8mZq3vTn5xYb7cJd9fGh2jLp4rSt6u';
const NEW = 'Zt4mX8qLw2VnR7cKy1HbJ5sDf9GpA3eU';
const TEXT = '{"token":"gho_é😀"}';

const seal = new Seal([OLD], 'a test');
const sealed = seal.seal(TEXT, 'record 1');

describe('a sealed text', () => {
  it.each([TEXT, '', 'x'.repeat(100_000)])('comes back as it was', (text) => {
    expect(seal.open(seal.seal(text, 'record 1'), 'record 1')).toBe(text);
  });

  it('holds nothing of the text, and is another one each time', () => {
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('token');
    expect(seal.seal(TEXT, 'record 1')).not.toBe(sealed);
  });

  it.each(['record 2', 'record', ''])('does not open when it was moved to %j', (context) => {
    expect(seal.open(sealed, context)).toBeNull();
  });

  it('does not open for another purpose', () => {
    expect(new Seal([OLD], 'another test').open(sealed, 'record 1')).toBeNull();
  });

  it('SE-13 opens while its secret is one of those in use, and not afterwards', () => {
    expect(new Seal([NEW, OLD], 'a test').open(sealed, 'record 1')).toBe(TEXT);
    expect(new Seal([NEW], 'a test').open(sealed, 'record 1')).toBeNull();
    expect(new Seal([], 'a test').open(sealed, 'record 1')).toBeNull();
  });

  it('SE-13 is sealed with the newest secret', () => {
    const fresh = new Seal([NEW, OLD], 'a test').seal(TEXT, 'record 1');
    expect(new Seal([NEW], 'a test').open(fresh, 'record 1')).toBe(TEXT);
    expect(seal.open(fresh, 'record 1')).toBeNull();
  });

  it('does not open when any bit of it changed', () => {
    const bytes = Buffer.from(sealed, 'base64url');
    for (let place = 0; place < bytes.length * 8; place++) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(place >> 3) ^ (1 << (place & 7)), place >> 3);
      expect(seal.open(damaged.toString('base64url'), 'record 1')).toBeNull();
    }
  });

  it('does not open when a part of it is missing', () => {
    const bytes = Buffer.from(sealed, 'base64url');
    for (let length = 0; length < bytes.length; length++) {
      expect(seal.open(bytes.toString('base64url', 0, length), 'record 1')).toBeNull();
      expect(seal.open(bytes.toString('base64url', bytes.length - length), 'record 1')).toBeNull();
    }
  });

  it.each(['not sealed at all', '\0', '😀', TEXT])('does not open when it is %j', (text) => {
    expect(seal.open(text, 'record 1')).toBeNull();
  });

  it('is not made without a secret', () => {
    expect(() => new Seal([], 'a test').seal(TEXT, 'record 1')).toThrow('no secret');
  });
});

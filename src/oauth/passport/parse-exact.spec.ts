import { parseExact } from './parse-exact.js';

describe('JSON of a provider', () => {
  it.each([
    ['{"id":9007199254740993}', { id: '9007199254740993' }],
    ['{"id":1e400,"x":-0.50}', { id: '1e400', x: '-0.50' }],
    ['{"name":"1 \\"2\\" 3","ok":true,"no":null}', { name: '1 "2" 3', ok: true, no: null }],
    ['{"name":"\\ud83d\\ude00"}', { name: '😀' }],
    ['{"name":"\\\\ud800"}', { name: '\\ud800' }],
  ])('is read with its numbers as text: %s', (json, value) => {
    expect(parseExact(json)).toEqual(value);
  });

  it.each(['', 'null', '7', '"x"', '{"a":1', '<html>'])(
    'is refused when it is none: %j',
    (json) => {
      expect(() => parseExact(json)).toThrow(/JSON/);
    },
  );

  it.each([
    '{"sub":"\\ud800"}',
    '{"sub":"a\\udfffb"}',
    '{"sub":"\\udc00\\ud800"}',
    '{"emails":[{"email":"\\ud800@example.com"}]}',
    '["\\uD800"]',
  ])('IN-09, OA-09 is refused with half of a surrogate pair: %s', (json) => {
    expect(() => parseExact(json)).toThrow('no Unicode');
  });
});

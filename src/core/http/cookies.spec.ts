import type { Request } from 'express';
import { cookieOf } from './cookies.js';

/** A request with this header; none: the browser has no cookie. */
function requestWith(cookie?: string): Request {
  return { get: (name: string) => (name === 'cookie' ? cookie : undefined) } as Request;
}

it.each([
  ['sid=abc', 'abc'],
  ['a=1; sid=abc; b=2', 'abc'],
  ['a=1;sid=abc;b=2', 'abc'],
  ['sid=', ''],
  ['sid=a=b=c', 'a=b=c'],
  ['sid="abc"', '"abc"'],
  ['sid=%E0%A4%A', '%E0%A4%A'],
])('SE-02 the cookie of %j is %j, as it was sent', (header, value) => {
  expect(cookieOf(requestWith(header), 'sid')).toBe(value);
});

it.each([undefined, '', ';', 'sid', 'SID=abc', 'xsid=abc', 'sid2=abc', 'a=sid=abc', 'sid =abc'])(
  'SE-02 there is no cookie of the name in %j',
  (header) => {
    expect(cookieOf(requestWith(header), 'sid')).toBeNull();
  },
);

it.each(['sid=abc; sid=def', 'sid=abc; a=1; sid=abc', 'sid=; sid=abc'])(
  'SE-02 two of the name are none: %j',
  (header) => {
    expect(cookieOf(requestWith(header), 'sid')).toBeNull();
  },
);

it('SE-02 another name in the pattern of a search is only a name', () => {
  expect(cookieOf(requestWith('sid=abc'), 's.d')).toBeNull();
});

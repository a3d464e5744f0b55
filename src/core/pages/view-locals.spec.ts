import type { Request } from 'express';
import { ViewLocals } from './view-locals.js';

const REQUEST = { path: '/' } as Request;

function readings(): { locals: ViewLocals; read: string[] } {
  const locals = new ViewLocals();
  const read: string[] = [];
  for (const name of ['one', 'other']) {
    locals.add(name, ({ path }) => {
      read.push(name);
      return `${name} at ${path}`;
    });
  }
  return { locals, read };
}

it('computes what a view reads, for its request, and nothing else', () => {
  const { locals, read } = readings();
  const values = locals.of(REQUEST);
  expect(read).toEqual([]);
  expect([Reflect.get(values, 'one'), Reflect.get(values, 'one')]).toEqual([
    'one at /',
    'one at /',
  ]);
  expect(read).toEqual(['one']);
});

it('computes nothing when the data around it is copied', () => {
  const { locals, read } = readings();
  Object.assign({}, { locals: locals.of(REQUEST) });
  expect(read).toEqual([]);
});

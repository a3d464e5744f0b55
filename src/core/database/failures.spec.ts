import mongoose from 'mongoose';
import { canHeal, sentenceOf, UnusableDatabase } from './failures.js';

function refused(code: number): Error {
  return new mongoose.mongo.MongoServerError({ code, message: 'x' });
}

it.each([59, 115, 238, 303, 334])('code %d says that the server lacks something', (code) => {
  expect(canHeal(refused(code))).toBe(false);
  expect(sentenceOf(refused(code))).toContain("This server can't be used");
});

it.each([2, 9, 14, 67, 72, 197])('code %d may be a mistake of ours', (code) => {
  expect(canHeal(refused(code))).toBe(true);
  expect(sentenceOf(refused(code))).toContain(`not usable yet: MongoServerError, code ${code}`);
});

it('what the probe found stands as it is', () => {
  const failure = new UnusableDatabase('It fails at this.');
  expect([canHeal(failure), sentenceOf(failure)]).toEqual([false, 'It fails at this.']);
});

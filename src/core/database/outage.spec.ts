import mongoose from 'mongoose';
import { isOutage } from './outage.js';

const { MongoServerClosedError, MongoServerError, MongoWriteConcernError } = mongoose.mongo;

it.each([11601, 13388, 150, 175, 237, 355, 365, 100, 290])('FA-02 code %d passes', (code) => {
  expect(isOutage(new MongoServerError({ message: 'refused', code }))).toBe(true);
});

it.each(['RetryableWriteError', 'SystemOverloadedError'])(
  'FA-02 a code that is not known yet passes where the server marks it: %s',
  (label) => {
    const answer = { message: 'refused', code: 987_654, errorLabels: [label] };
    expect(isOutage(new MongoServerError(answer))).toBe(true);
    expect(isOutage(new MongoServerError({ ...answer, errorLabels: [] }))).toBe(false);
  },
);

it('FA-02 a write that too few members confirm, and a server that is closed, pass', () => {
  const writeConcernError = { code: 100, errmsg: 'refused' };
  expect(isOutage(new MongoWriteConcernError({ ok: 1, writeConcernError }))).toBe(true);
  expect(isOutage(new MongoServerClosedError())).toBe(true);
});

it.each([2, 9, 14, 28, 66, 11000])('code %d is a mistake of ours, or an answer', (code) => {
  expect(isOutage(new MongoServerError({ message: 'refused', code }))).toBe(false);
});

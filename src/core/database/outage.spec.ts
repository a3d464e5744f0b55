import mongoose from 'mongoose';
import { isOutage } from './outage.js';

const { MongoServerError } = mongoose.mongo;

it('takes an error for an outage when its server says that the write may be sent again', () => {
  const error = new MongoServerError({ code: 4321, errorLabels: ['RetryableWriteError'] });

  expect(isOutage(error)).toBe(true);
});

it('takes an error without that label and with an unknown code for a fault', () => {
  expect(isOutage(new MongoServerError({ code: 4321 }))).toBe(false);
});

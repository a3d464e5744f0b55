import { TooManyAttempts } from './domain-error.js';
import { ENGLISH } from './views/language.js';
import { Messages } from './views/messages.js';

it.each([
  [0, 'Wait a minute'],
  [60, 'Wait a minute'],
  [61, 'Wait 2 minutes'],
  [600, 'Wait 10 minutes'],
  [5400, 'Wait 90 minutes'],
  [5401, 'Wait 2 hours'],
  [86_400, 'Wait 24 hours'],
])('after %i seconds another try is worth it: %s', (retryAfter, sentence) => {
  const { code, params } = new TooManyAttempts(retryAfter);
  expect(new Messages().text(ENGLISH, `errors.${code}`, params)).toContain(sentence);
});

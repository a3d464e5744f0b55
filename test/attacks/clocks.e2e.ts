import { DAY, MINUTE } from '../../src/core/clock.js';
import { startApp, type TestApp } from '../support/app.js';
import { freshDatabase } from '../support/database-address.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

// Two instances on one database; the clock of the first runs ahead by less than anybody would notice.
let ahead: TestApp;
let other: TestApp;
beforeAll(async () => {
  const MONGODB_URI = freshDatabase();
  ahead = await startApp({ MONGODB_URI });
  other = await startApp({ MONGODB_URI });
  ahead.advance(900);
});
afterAll(async () => {
  await ahead.close();
  await other.close();
});

it('BF-13 guesses that come by turns to two instances whose clocks differ have one count', async () => {
  const owner = await ahead.person('twice-served');
  // Whoever authenticated a moment ago is not asked.
  for (const app of [ahead, other]) app.advance(16 * MINUTE);
  const statuses: number[] = [];
  for (let guess = 0; guess < 10; guess++) {
    const thief = strangerWith(owner, guess % 2 ? other : ahead);
    const _csrf = await thief.token('/settings/profile');
    const body = { _csrf, currentPassword: `wrong password ${guess}` };
    statuses.push((await thief.send('POST', '/settings/confirm', { body })).status);
  }
  expect(statuses).toEqual([422, 422, 422, 422, 422, 429, 429, 429, 429, 429]);
});

it('FA-09 an account that was made next year is not the one that a form has just made', async () => {
  await ahead.person('futuristic');
  const createdAt = new Date(Date.now() + 365 * DAY);
  await ahead.db.collection('users').updateOne({ username: 'futuristic' }, { $set: { createdAt } });
  const again = await ahead.visitor().register('futuristic');
  expect([again.status, again.text]).toEqual([422, expect.stringContaining('Username: ')]);
  expect((await ahead.visitor().login('futuristic', PASSWORD)).status).toBe(303);
});

/** What a thief of the session has, at an address and on a device that nobody knows. */
function strangerWith(owner: Visitor, app: TestApp): Visitor {
  const thief = app.visitor();
  for (const [name, value] of owner.cookies) {
    if (name === 'test-session') thief.cookies.set(name, value);
  }
  return thief;
}

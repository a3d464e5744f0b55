import { startApp, type TestApp } from '../support/app.js';
import { PASSWORD } from '../support/visitor.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
  await app.visitor().register('idler');
});
afterAll(() => app.close());

it('SE-11, FA-10 ends an idle session after an hour, whatever the TTL index does', async () => {
  const visitor = app.visitor();
  await visitor.login('idler');
  app.advance(59 * MINUTE);
  expect(await visitor.whoami()).toBe('idler');
  app.advance(59 * MINUTE);
  expect(await visitor.whoami()).toBe('idler');
  app.advance(61 * MINUTE);
  expect(await visitor.whoami()).toBeNull();
});

it('SE-11 ends a busy session after a day', async () => {
  const visitor = app.visitor();
  await visitor.login('idler');
  for (let half = 0; half < 47; half++) {
    app.advance(HOUR / 2);
    expect(await visitor.whoami()).toBe('idler');
  }
  app.advance(HOUR);
  expect(await visitor.whoami()).toBeNull();
});

it('SE-11 keeps a remembered person for 30 idle days and 90 in all', async () => {
  const visitor = app.visitor();
  await visitor.login('idler', PASSWORD, { remember: 'yes' });
  for (const days of [29, 29, 29]) {
    app.advance(days * DAY);
    expect(await visitor.whoami()).toBe('idler');
  }
  app.advance(4 * DAY);
  expect(await visitor.whoami()).toBeNull();
});

it('SE-11 is lengthened by every visit, as late as at its last minute, and never ends early', async () => {
  const visitor = app.visitor();
  await visitor.login('idler');
  // A visit so soon after another is not written down.
  app.advance(29_000);
  expect(await visitor.whoami()).toBe('idler');
  for (let visit = 0; visit < 5; visit++) {
    app.advance(HOUR);
    expect(await visitor.whoami()).toBe('idler');
  }
  const stored = async () => Object.keys((await app.user('idler'))?.['sessions'] ?? {});
  const before = await stored();
  app.advance(HOUR + MINUTE);
  expect(await visitor.whoami()).toBeNull();
  // The record is still there: it was refused, not missing.
  expect(await stored()).toEqual(before);
});

it('SE-11 a remembered session ends after 30 idle days', async () => {
  const remembered = app.visitor();
  await remembered.login('idler', PASSWORD, { remember: 'yes' });
  app.advance(30 * DAY - HOUR);
  expect(await remembered.whoami()).toBe('idler');
  app.advance(30 * DAY + HOUR);
  expect(await remembered.whoami()).toBeNull();
});

it('goes on with a login form that was left open for a day', async () => {
  const visitor = app.visitor();
  await visitor.get('/login?next=/settings/email');
  app.advance(24 * HOUR);
  const body = { identifier: 'idler', password: PASSWORD, next: '/settings/email' };
  const answer = await visitor.send('POST', '/login', { body });
  expect([answer.status, answer.location]).toEqual([303, '/settings/email']);
});

it('SE-11 a new password does not lengthen the day that a session has', async () => {
  const visitor = await app.person('prolonger');
  for (let half = 0; half < 46; half++) {
    app.advance(HOUR / 2);
    await visitor.get('/settings/profile');
  }
  const next = 'four louder harbours';
  const change = { currentPassword: PASSWORD, newPassword: next, newPasswordAgain: next };
  expect((await visitor.submit('/settings/password', change)).status).toBe(303);
  app.advance(HOUR / 2);
  expect(await visitor.whoami()).toBe('prolonger');
  app.advance(HOUR);
  expect(await visitor.whoami()).toBeNull();
});

it('FA-09 a clock that jumps makes nothing eternal and shuts nobody out', async () => {
  const login = async () => {
    const visitor = app.visitor();
    expect((await visitor.login('idler', PASSWORD, { remember: 'yes' })).location).toBe('/');
    return visitor;
  };
  const early = await login();
  app.advance(-HOUR);
  expect(await early.whoami()).toBe('idler');
  const back = await login();
  app.advance(HOUR);
  expect(await back.whoami()).toBe('idler');
  app.advance(365 * DAY);
  for (const visitor of [early, back]) expect(await visitor.whoami()).toBeNull();
  const future = await login();
  const mark = future.copy();
  mark.cookies.delete('test-session');
  app.advance(-365 * DAY);
  // A session of a year ahead is good for its 90 days, seen from then, and no longer; a device mark of
  // the future marks nothing.
  for (let count = 0; count < 5; count++) await app.visitor().login('idler', 'wrong password');
  expect((await mark.login('idler')).status).toBe(429);
  app.advance(5 * MINUTE);
  expect((await mark.login('idler')).location).toBe('/');
  app.advance(365 * DAY + 91 * DAY);
  expect(await future.whoami()).toBeNull();
  expect(await (await login()).whoami()).toBe('idler');
});

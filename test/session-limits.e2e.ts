import { startApp, type TestApp } from './support/app.js';
import { PASSWORD } from './support/visitor.js';

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

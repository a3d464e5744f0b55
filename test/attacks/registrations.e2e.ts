import { startApp, type TestApp } from '../support/app.js';
import { goThrough } from '../support/flows.js';
import { someone } from '../support/identities.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ REGISTRATIONS_PER_ADDRESS: '3' });
});
afterAll(() => app.close());

it('BF-12 registrations behind one address are as many as a setting says, by form and by provider', async () => {
  const address = '203.0.113.102';
  expect((await app.visitor(address).register('first-one')).status).toBe(303);
  for (const who of [someone(), someone()]) {
    const { location } = await goThrough(app.stub, app.visitor(address), 'google', who);
    expect(location).toBe('/');
  }
  expect((await app.visitor(address).register('fourth-one')).status).toBe(429);
  const visitor = app.visitor(address);
  await goThrough(app.stub, visitor, 'google', someone());
  expect(await visitor.whoami()).toBeNull();
  expect((await app.visitor().register('fourth-one')).status).toBe(303);
});

import { startApp, type TestApp } from '../support/app.js';
import { goThrough } from '../support/flows.js';
import { someone } from '../support/identities.js';
import { registerByPasskey, softDevice } from '../support/passkeys.js';
import type { Visitor } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ REGISTRATIONS_PER_ADDRESS: '3' });
});
afterAll(() => app.close());

it('BF-12 registrations behind one address are as many as a setting says, by form, provider and passkey', async () => {
  const address = '203.0.113.102';
  const byPasskey = (visitor: Visitor, username: string) =>
    registerByPasskey(visitor, username, softDevice(app));
  expect((await app.visitor(address).register('first-one')).status).toBe(303);
  const { location } = await goThrough(app.stub, app.visitor(address), 'google', someone());
  expect(location).toBe('/');
  expect((await byPasskey(app.visitor(address), 'third-one')).location).toBe('/');
  expect((await app.visitor(address).register('fourth-one')).status).toBe(429);
  expect((await byPasskey(app.visitor(address), 'fourth-one')).status).toBe(429);
  const visitor = app.visitor(address);
  await goThrough(app.stub, visitor, 'google', someone());
  expect(await visitor.whoami()).toBeNull();
  expect(await app.user('fourth-one')).toBeNull();
  expect((await app.visitor().register('fourth-one')).status).toBe(303);
});

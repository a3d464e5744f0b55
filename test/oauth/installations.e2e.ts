import { startStubProvider, type StubProvider } from '@latchkey/stub-provider';
import { addressVariables, keyNames } from '../../src/oauth/providers/provider-settings.js';
import { providers } from '../../src/oauth/providers/providers.js';
import { startApp, type TestApp } from '../support/app.js';
import { freshDatabase } from '../support/database-address.js';
import { goThrough, reauthenticate } from '../support/flows.js';
import { IDENTITIES, linksOf, unlink } from '../support/identities.js';
import type { Visitor } from '../support/visitor.js';

// One database; its site first used the providers of one place, and then those of another.
const MONGODB_URI = freshDatabase();
const IDS = ['google', 'github', 'facebook', 'gitlab'] as const;
const subjectAt = (provider: string) => String(1000 + IDS.findIndex((id) => id === provider));

let here: StubProvider;
let elsewhere: StubProvider;
let first: TestApp;
let moved: TestApp;
beforeAll(async () => {
  here = await startStubProvider();
  elsewhere = await startStubProvider();
  first = await startApp({ MONGODB_URI, ...settingsOf(here) });
  for (const id of IDS) await comes(first, here, id, `owner-${id}`);
  moved = await startApp({ MONGODB_URI, ...settingsOf(elsewhere) });
});
afterAll(async () => {
  await moved.close();
  await first.close();
  await here.close();
  await elsewhere.close();
});

it.each(IDS)(
  'OA-09 the same subject at another installation of %s is somebody else',
  async (id) => {
    const stranger = await comes(moved, elsewhere, id, `stranger-${id}`);
    expect(await stranger.whoami()).toBe(`stranger-${id}`);
    const back = await comes(first, here, id, `owner-${id}`);
    expect(await back.whoami()).toBe(`owner-${id}`);
  },
);

it('LK-06 an identity of another installation is no way in that could be the last one left', async () => {
  const visitor = moved.visitor();
  await goThrough(elsewhere, visitor, 'google', { subject: '77', name: 'keeper', email: null });
  const stale = { provider: 'gitlab', key: `${here.origin}/gitlab 77`, linkedAt: new Date() };
  await moved.db
    .collection<{ identities: object[] }>('users')
    .updateOne({ username: 'keeper' }, { $push: { identities: stale } });
  await unlink(visitor, 'google');
  expect((await visitor.get(IDENTITIES)).text).toContain('Google is the only way to log in');
  expect(await linksOf(moved, 'keeper')).toEqual(['google', 'gitlab']);
});

it('BF-04 a device is a stranger again once the way in that made it known no longer opens', async () => {
  const device = await comes(moved, elsewhere, 'github', 'traveller', '78');
  const newPassword = 'three quiet harbours';
  const body = { newPassword, newPasswordAgain: newPassword };
  await reauthenticate(elsewhere, device, 'github', { subject: '78' });
  expect((await device.submit('/settings/password', body)).status).toBe(303);
  await device.logout();
  // The mark of the password goes; one that the login through GitHub makes is left.
  device.cookies.delete('test-devices');
  await goThrough(elsewhere, device, 'github', { subject: '78', name: 'traveller', email: null });
  await device.logout();
  for (let guess = 0; guess < 5; guess++) {
    await moved.visitor().login('traveller', `wrong password ${guess}`);
  }
  const known = device.copy();
  expect((await known.login('traveller', newPassword)).location).toBe('/');
  const { identities } = (await moved.user('traveller')) as { identities: { key: string }[] };
  const key = identities[0]?.key.replace(elsewhere.origin, here.origin);
  await moved.db
    .collection('users')
    .updateOne({ username: 'traveller' }, { $set: { 'identities.0.key': key } });
  for (let guess = 0; guess < 5; guess++) {
    await moved.visitor().login('traveller', `wrong password ${guess}`);
  }
  expect((await device.login('traveller', newPassword)).status).toBe(429);
});

function settingsOf(stub: StubProvider): Record<string, string> {
  return Object.assign(
    {},
    ...providers.map((provider) => {
      const id = IDS.find((each) => each === provider.id) ?? 'google';
      const [name, secret] = keyNames(provider);
      const { clientId, clientSecret } = stub.credentials(id);
      const addresses = addressVariables(provider, stub.endpoints(id));
      return { [name]: clientId, [secret]: clientSecret, ...addresses };
    }),
  ) as Record<string, string>;
}

async function comes(
  app: TestApp,
  stub: StubProvider,
  provider: string,
  name: string,
  subject = subjectAt(provider),
): Promise<Visitor> {
  const visitor = app.visitor();
  await goThrough(stub, visitor, provider, { subject, name, login: name, email: null });
  return visitor;
}

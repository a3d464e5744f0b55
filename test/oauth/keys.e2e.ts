import { startStubProvider, type StubProvider } from '@latchkey/stub-provider';
import { startApp, type TestApp } from '../support/app.js';
import { IDENTITIES, linksOf, unlink } from '../support/identities.js';
import { goThrough, reauthenticate } from '../support/flows.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

// One provider has keys; the accounts remember another one, whose keys are gone.
let stub: StubProvider;
let app: TestApp;
beforeAll(async () => {
  stub = await startStubProvider();
  const { clientId, clientSecret } = stub.credentials('google');
  const addresses = stub.endpoints('google');
  app = await startApp({
    GOOGLE_CLIENT_ID: clientId,
    GOOGLE_CLIENT_SECRET: clientSecret,
    GOOGLE_AUTHORIZATION_URL: addresses.authorizationURL,
    GOOGLE_TOKEN_URL: addresses.tokenURL,
    GOOGLE_USERINFO_URL: addresses.userInfoURL,
    GOOGLE_REVOCATION_URL: addresses.revocationURL,
    GOOGLE_ISSUER: addresses.issuer ?? '',
  });
});
afterAll(async () => {
  await app.close();
  await stub.close();
});

/** Somebody who came by Google, and by GitHub while it had keys. */
async function person(name: string, more: object = {}): Promise<Visitor> {
  const visitor = app.visitor();
  await goThrough(stub, visitor, 'google', { subject: `s-${name}`, name, email: null });
  const key = `https://github.com s-${name}`;
  const github = { provider: 'github', key, linkedAt: new Date() };
  await app.db
    .collection<{ identities: object[] }>('users')
    .updateOne({ username: name }, { $push: { identities: github }, ...more });
  return visitor;
}

it('offers the provider that has keys, and no stub and no other', async () => {
  const { html } = await app.visitor().get('/login');
  expect(html).toContain('action="/oauth/google"');
  expect(html).not.toMatch(/action="\/oauth\/(github|facebook|gitlab)"/);
  // Columns are for three and more; a button that is alone says what it does.
  expect(html).not.toContain('class="providers grid"');
  expect(html).toContain('Continue with Google</button>');
  const visitor = app.visitor();
  const body = { _csrf: await visitor.token('/login') };
  expect((await visitor.send('POST', '/oauth/github', { body })).status).toBe(404);
  expect((await visitor.get('/oauth/github/callback?code=x&state=y')).status).toBe(404);
});

it('LK-06 counts a provider whose keys are gone as no way in', async () => {
  const visitor = await person('keyless');
  const page = await visitor.get(IDENTITIES);
  expect(page.text).toContain('You can’t log in with it right now.');
  expect(page.html).toMatch(/aria-describedby="google-state" disabled>/);
  await unlink(visitor, 'google');
  expect((await visitor.get(IDENTITIES)).text).toContain('Google is the only way to log in');
  expect(await linksOf(app, 'keyless')).toEqual(['google', 'github']);
});

it('S107 says in the settings that the link is stored, and offers no proof by it', async () => {
  const visitor = await person('told');
  const home = await visitor.get('/settings');
  expect(home.text).toContain('Connected accounts Google, GitHub');
  expect(home.html).not.toContain('s-told');
  app.advance(16 * 60_000);
  const { html } = await visitor.get('/settings/confirm');
  expect(html).toContain('action="/oauth/google/confirm"');
  expect(html).not.toContain('action="/oauth/github/confirm"');
});

it('S107 shows the settings of somebody who came by a provider that is no longer in the code', async () => {
  const visitor = await person('left-over');
  await app.db
    .collection('users')
    .updateOne({ username: 'left-over' }, { $set: { 'identities.1.provider': 'formerly' } });
  for (const path of ['/settings', IDENTITIES]) {
    const page = await visitor.get(path);
    expect([path, page.status]).toEqual([path, 200]);
    expect(page.text).toContain('Google');
  }
});

it('lets the useless link go, and with a password the last useful one', async () => {
  const visitor = await person('cleaner');
  expect((await visitor.get(IDENTITIES)).text).toContain('Disconnect GitHub');
  await unlink(visitor, 'github');
  expect(await linksOf(app, 'cleaner')).toEqual(['google']);
  await reauthenticate(stub, visitor, 'google', { subject: 's-cleaner' });
  await visitor.submit('/settings/password', { newPassword: PASSWORD, newPasswordAgain: PASSWORD });
  await unlink(visitor, 'google');
  expect(await linksOf(app, 'cleaner')).toEqual([]);
});

it('OA-09 lets nobody in by the same subject at the provider that is left', async () => {
  await person('subjective');
  await app.db
    .collection('users')
    .updateOne({ username: 'subjective' }, { $set: { 'identities.0.key': 'changed' } });
  const other = app.visitor();
  await goThrough(stub, other, 'google', { subject: 's-subjective', name: 'Other', email: null });
  expect(await other.whoami()).toBe('other');
});

import { startApp, type TestApp } from '../support/app.js';
import { verificationMail } from '../support/verification-mail.js';
import { PASSWORD } from '../support/visitor.js';

const EMAIL = 'wanted@example.com';
const MINUTE = 60_000;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
  for (let n = 1; n <= 5; n++) {
    expect((await app.visitor().register(`claims-${n}`, { email: EMAIL })).location).toBe('/');
  }
  // A mail that is being handed over meanwhile would have lost its lease.
  await app.mails(EMAIL);
  app.advance(10 * MINUTE);
});
afterAll(() => app.close());

it('the sixth who gives an address waits for its verification, and pushes nobody out by it', async () => {
  const sixth = app.visitor();
  expect((await sixth.register('sixth', { email: EMAIL })).location).toBe('/');
  expect((await sixth.get('/')).location).toBe('/settings/email');
  expect((await sixth.get('/settings/email')).text).toContain('Log in with your username, sixth.');
  const claims = (await app.users()).filter((user) => 'emailClaim' in user);
  expect(claims.map(({ username }) => username)).toEqual([1, 2, 3, 4, 5].map((n) => `claims-${n}`));
  await sixth.logout();
  expect((await sixth.login(EMAIL)).text).not.toContain('sixth');
  await sixth.login('sixth');
  expect((await sixth.get('/')).location).toBe('/settings/email');

  // Another address, and it is in.
  const change = { email: 'not-wanted@example.com', currentPassword: PASSWORD };
  await sixth.submit('/settings/email', change);
  expect((await sixth.get('/')).status).toBe(200);
});

it('LK-11 the one that reads the mails has the address, though it came as the seventh', async () => {
  const owner = app.visitor();
  await owner.register('rightful', { email: EMAIL });
  expect((await owner.get('/')).status).toBe(303);
  const { link } = await verificationMail(app, EMAIL);
  await app.visitor().send('POST', link);
  expect((await owner.get('/')).status).toBe(200);
  expect(await app.user('rightful')).toHaveProperty('emailClaim', `0 ${EMAIL}`);
  const left = (await app.users()).filter(({ email }) => email === EMAIL);
  expect(left.map(({ username }) => username)).toEqual(['rightful']);
  // An address that is verified is answered as it always was.
  expect((await app.visitor().register('eighth', { email: EMAIL })).status).toBe(422);
});

import { startApp, type TestApp } from '../support/app.js';
import { setUp, typeTotp } from '../support/authenticator.js';
import { passkeyHolder } from '../support/passkeys.js';
import type { Visitor } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

async function isOffered(visitor: Visitor): Promise<boolean> {
  return (await visitor.get('/')).html.includes('data-passkey-offer');
}

it('the offer of a passkey stands on the first page after a login by a password, and on no other', async () => {
  const visitor = app.visitor();
  await visitor.register('offer-once');
  expect(await isOffered(visitor)).toBe(true);
  expect(await isOffered(visitor)).toBe(false);
  await visitor.logout();
  await visitor.login('offer-once');
  const before = await app.user('offer-once');
  // Nobody has seen a page that was fetched ahead.
  await visitor.send('HEAD', '/');
  await visitor.get('/', { headers: { 'sec-purpose': 'prefetch' } });
  expect(await isOffered(visitor)).toBe(true);
  expect(await app.user('offer-once')).toEqual(before);
  expect(await isOffered(visitor)).toBe(false);
});

it('it stands there after the second step, too', async () => {
  const person = await app.person('offer-steps');
  const { app: codes } = await setUp(app, person);
  const visitor = app.visitor();
  await visitor.login('offer-steps');
  await typeTotp(visitor, codes.code());
  expect(await isOffered(visitor)).toBe(true);
});

it('whoever has a passkey, or said no, is offered none', async () => {
  await passkeyHolder(app, 'offer-has');
  const holder = app.visitor();
  await holder.login('offer-has');
  expect(await isOffered(holder)).toBe(false);
  const decliner = app.visitor();
  await decliner.register('offer-declined');
  await decliner.submit('/', {}, '/settings/security/decline-passkey');
  await decliner.logout();
  await decliner.login('offer-declined');
  expect(await isOffered(decliner)).toBe(false);
});

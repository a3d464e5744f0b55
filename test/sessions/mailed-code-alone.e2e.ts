import { startApp, type TestApp } from '../support/app.js';
import { goThrough } from '../support/flows.js';
import { holderOf, IDENTITIES } from '../support/identities.js';
import { askForCode, mailedCodes, typeCode } from '../support/mailed-code.js';
import type { Visitor } from '../support/visitor.js';

const MINUTE = 60_000;
const EMAIL = '/settings/email';
const CODE_PAGE = '/settings/confirm/code?next=%2Fsettings%2Femail';
const CONFIRM_PAGE = '/settings/confirm?next=%2Fsettings%2Femail';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ LOGIN_BY_MAIL: 'on' });
});
afterAll(() => app.close());

/** Somebody whom nothing but the mailbox lets in, some time after the login. */
async function byMailAlone(email: string): Promise<Visitor> {
  const visitor = app.visitor();
  await goThrough(app.stub, visitor, 'google', holderOf(email));
  await visitor.submit(IDENTITIES, {}, `${IDENTITIES}/google/unlink`);
  app.advance(16 * MINUTE);
  return visitor;
}

/** Asks for another address, which is stopped. */
async function stop(visitor: Visitor, email: string) {
  return visitor.send('POST', EMAIL, { body: { _csrf: await visitor.token('/settings'), email } });
}

it('SU-01 whom only a mailed code confirms presses twice: the stopped form has sent it already', async () => {
  const visitor = await byMailAlone('two-presses@example.com');
  const stopped = await stop(visitor, 'next-one@example.com');
  expect([stopped.status, stopped.location]).toEqual([303, CODE_PAGE]);
  const page = await visitor.get(CODE_PAGE);
  expect(page.html).toContain('name="code"');
  expect(page.html).toContain('action="/settings/confirm/mail"');
  const [code = ''] = await mailedCodes(app, 'two-presses@example.com');
  // The first press.
  expect((await typeCode(visitor, code, EMAIL)).location).toBe(EMAIL);
  expect((await visitor.get(EMAIL)).html).toContain('value="next-one@example.com"');
  // The second one.
  await visitor.submit(EMAIL, { email: 'next-one@example.com' });
  expect((await visitor.get(EMAIL)).text).toContain('next-one@example.com');
  const [account] = (await app.users()).filter(
    (each) => each['email'] === 'two-presses@example.com',
  );
  expect(account).toMatchObject({ pendingEmail: { email: 'next-one@example.com' } });
});

it('BF-12 while a code waits another stop sends none, unless it is asked for', async () => {
  const visitor = await byMailAlone('stopped-often@example.com');
  const codes = () => mailedCodes(app, 'stopped-often@example.com');
  for (let time = 0; time < 3; time++) {
    expect((await stop(visitor, 'elsewhere@example.com')).location).toBe(CODE_PAGE);
  }
  expect(await codes()).toHaveLength(1);
  await askForCode(visitor, EMAIL);
  expect(await codes()).toHaveLength(2);
  app.advance(16 * MINUTE);
  expect((await stop(visitor, 'elsewhere@example.com')).location).toBe(CODE_PAGE);
  expect(await codes()).toHaveLength(3);
});

it('BF-12 past the limit of its mails a stop leads to the button, which says when again', async () => {
  const visitor = await byMailAlone('past-limit@example.com');
  for (let time = 0; time < 5; time++) await askForCode(visitor, EMAIL);
  // What waits is spent: a stop has to send.
  await app.db.collection('one-time').deleteMany({ purpose: 'confirmation code' });
  expect((await stop(visitor, 'elsewhere@example.com')).location).toBe(CONFIRM_PAGE);
  expect((await askForCode(visitor, EMAIL)).status).toBe(429);
});

it('mails nothing for a page that is looked at, nor where something else confirms as well', async () => {
  const visitor = await byMailAlone('looks-only@example.com');
  for (const path of ['/settings/password', '/settings/delete']) {
    expect((await visitor.get(path)).location).toMatch(/^\/settings\/confirm\?next=/);
  }
  const owner = await app.owner('has-both');
  app.advance(16 * MINUTE);
  expect((await stop(owner, 'elsewhere@example.com')).location).toBe(CONFIRM_PAGE);
  for (const each of ['looks-only@example.com', 'has-both@example.com']) {
    expect(await mailedCodes(app, each)).toEqual([]);
  }
});

it('asks who has no way in that works, and whose address is verified, for the code as well', async () => {
  const off = await startApp();
  const visitor = off.visitor();
  await goThrough(off.stub, visitor, 'google', holderOf('no-way@example.com'));
  await off.db.collection('users').updateOne({}, { $set: { identities: [] } });
  off.advance(16 * MINUTE);
  const answer = await stop(visitor, 'elsewhere@example.com');
  expect(answer.location).toBe(CODE_PAGE);
  expect(await mailedCodes(off, 'no-way@example.com')).toHaveLength(1);
  await off.close();
});

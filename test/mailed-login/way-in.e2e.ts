import { startApp, type TestApp } from '../support/app.js';
import { goThrough } from '../support/flows.js';
import { holderOf } from '../support/identities.js';
import { allRoutes } from '../support/routes.js';
import { askForMail, loginMails, mailedTo, typeLoginCode } from '../support/login-mail.js';

const IDENTITIES = '/settings/identities';
const UNLINK = `${IDENTITIES}/google/unlink`;

let on: TestApp;
let off: TestApp;
beforeAll(async () => {
  on = await startApp({ LOGIN_BY_MAIL: 'on' });
  off = await startApp();
});
afterAll(async () => {
  await on.close();
  await off.close();
});

/** Somebody who came by Google, which vouches for the address or does not. */
async function byGoogle(app: TestApp, email: string, verified = true) {
  const visitor = app.visitor();
  await goThrough(app.stub, visitor, 'google', { ...holderOf(email), emailVerified: verified });
  return visitor;
}

it('LK-06 a verified mailbox is a way in that may be the last, and lets its person in', async () => {
  const visitor = await byGoogle(on, 'alone@example.com');
  const page = await visitor.get(IDENTITIES);
  expect(page.text).toMatch(/Without it, you can still log in with: a mailed code/);
  expect(page.text).toContain('Goes to the address that you confirmed');
  expect((await visitor.submit(IDENTITIES, {}, UNLINK)).location).toBe(IDENTITIES);
  const [user] = (await on.users()).filter(({ email }) => email === 'alone@example.com');
  expect(user).toMatchObject({ identities: [] });
  const again = on.visitor();
  await askForMail(again, 'alone@example.com');
  const [mail] = await loginMails(on, 'alone@example.com');
  expect((await typeLoginCode(again, mail?.code ?? '')).location).toBe('/');
  expect((await again.get(IDENTITIES)).text).toContain('Mailed code');
});

it('LK-06 a mailbox is no way in where the address is not verified, nor where the site sends no codes', async () => {
  for (const [app, verified] of [
    [on, false],
    [off, true],
  ] as const) {
    const visitor = await byGoogle(app, 'shut@example.com', verified);
    const page = await visitor.get(IDENTITIES);
    expect(page.text).toContain('This is the only way to log in');
    await visitor.submit(IDENTITIES, {}, UNLINK);
    expect((await visitor.get(IDENTITIES)).text).toContain('stays connected');
  }
});

it('an address that waits takes the place of the way in only when it is verified itself', async () => {
  const visitor = await on.owner('moving');
  await visitor.submit('/settings/email', { email: 'moved@example.com' });
  const reader = on.visitor();
  const { code } = await mailedTo(on, reader, 'moving');
  expect((await typeLoginCode(reader, code)).location).toBe('/');
  expect(await loginMails(on, 'moved@example.com')).toEqual([]);
});

it('finishes a pending link of an account that has no other way in', async () => {
  const email = 'linking@example.com';
  const owner = await byGoogle(on, email);
  await owner.submit(IDENTITIES, {}, UNLINK);
  const visitor = on.visitor();
  await goThrough(on.stub, visitor, 'github', { ...holderOf(email), subject: '4711' });
  const page = await visitor.get('/pending-link');
  expect(page.html).toContain('action="/login/mail"');
  expect(page.html).not.toContain('name="password"');
  const asked = await visitor.submit('/pending-link', { identifier: email }, '/login/mail');
  expect(asked.location).toBe('/login/code');
  const mail = (await loginMails(on, email)).at(-1);
  expect((await typeLoginCode(visitor, mail?.code ?? '')).location).toBe('/pending-link');
  expect((await visitor.submit('/pending-link', {})).location).toBe(IDENTITIES);
});

it('a pending link offers the mail beside the password', async () => {
  await on.owner('both-ways');
  const visitor = on.visitor();
  const who = holderOf('both-ways@example.com');
  await goThrough(on.stub, visitor, 'github', who);
  const { html } = await visitor.get('/pending-link');
  expect(html).toContain('name="password"');
  const form = /<form method="post" action="\/login\/mail"[^]*?<\/form>/.exec(html)?.[0];
  expect(form).toContain('name="next" value="/pending-link"');
  expect(form).toContain('name="identifier" value="both-ways@example.com"');
});

it('is off unless it is asked for: there is no such page, and nothing leads to one', async () => {
  const person = await off.owner('usual');
  for (const { method, path } of allRoutes(off.nest).filter((each) =>
    ['/login/mail', '/login/code', '/login/link'].includes(each.path),
  )) {
    const answer = await off.visitor().send(method, path, { body: { identifier: 'usual' } });
    expect([method, path, answer.status]).toEqual([method, path, 404]);
  }
  expect((await off.visitor().get('/login')).html).not.toContain('/login/mail');
  expect((await person.get(IDENTITIES)).text).not.toContain('Mailed code');
  expect(await off.mails('usual@example.com')).not.toContainEqual(
    expect.objectContaining({ subject: expect.stringContaining('code to log in') }),
  );
});

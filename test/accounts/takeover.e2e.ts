import { DAY, HOUR } from '../../src/core/clock.js';
import { activityOf, told } from '../support/activity.js';
import { startApp, type TestApp } from '../support/app.js';
import { goThrough } from '../support/flows.js';
import { link, linksOf, opens, someone, unlink } from '../support/identities.js';
import { verificationMail } from '../support/verification-mail.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

const THIEFS = 'a thief has this one';
const NEXT = 'four louder harbours';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** The links "this wasn't me" that were mailed to an address, by the subject of their mail, oldest first. */
async function links(to: string): Promise<{ subject: string; link: string }[]> {
  await told(app);
  return (await app.mails(to)).flatMap(({ subject = '', text = '' }) => {
    const [, path] = /^http:\/\/localhost:\d+(\/not-me\?token=\S+)$/m.exec(text) ?? [];
    return path === undefined ? [] : [{ subject, link: path }];
  });
}

async function linkIn(to: string, part: string): Promise<string> {
  const found = (await links(to)).find(({ subject }) => subject.includes(part));
  if (!found) throw new Error(`No mail about "${part}" went to ${to}`);
  return found.link;
}

/** Opens the page of a link and presses its button. */
async function disavow(visitor: Visitor, path: string) {
  return visitor.submit(path, {});
}

/** Disavows, and sets the new password that the page asks for then. */
async function takeBack(visitor: Visitor, path: string): Promise<void> {
  const { status, location } = await disavow(visitor, path);
  expect([status, location]).toEqual([
    303,
    expect.stringMatching(/^\/recovery\/new-password\?token=/),
  ]);
  const form = { newPassword: NEXT, newPasswordAgain: NEXT };
  const done = await visitor.submit(location ?? '', form, '/recovery/new-password');
  expect([done.status, done.location]).toEqual([303, '/']);
}

async function changePassword(visitor: Visitor, from: string, to: string): Promise<void> {
  const form = { currentPassword: from, newPassword: to, newPasswordAgain: to };
  expect((await visitor.submit('/settings/password', form)).status).toBe(303);
}

/** Gives the account another address, and types the code that was mailed there. */
async function moveTo(visitor: Visitor, email: string): Promise<void> {
  expect((await visitor.submit('/settings/email', { email })).location).toBe('/settings/email');
  const { code } = await verificationMail(app, email);
  expect((await visitor.typeCode(code)).location).toBe('/settings/email');
  expect((await visitor.get('/settings')).text).toContain(`${email}, confirmed`);
}

/** An account with an address that is verified, and with an identity. */
async function owned(username: string) {
  const [owner, mailbox] = [await app.person(username), `${username}@example.com`];
  await owner.typeCode((await verificationMail(app, mailbox)).code);
  const who = someone();
  await link(app, owner, 'google', who);
  return { owner, who, mailbox };
}

it('RS-07 the owner wins against a thief who has the password, by the mailbox alone', async () => {
  const { owner, who, mailbox } = await owned('nora');
  const own = await links(mailbox);
  const thief = app.visitor();
  await thief.login('nora');
  await changePassword(thief, PASSWORD, THIEFS);
  await unlink(thief, 'google');
  const thiefs = someone();
  await link(app, thief, 'google', thiefs);
  await link(app, thief, 'github', someone());
  await moveTo(thief, 'thief@example.net');
  await changePassword(thief, THIEFS, `${THIEFS} again`);
  await thief.submit('/settings/profile', { username: 'not-nora' });
  await thief.submit('/recovery', { identifier: 'not-nora' });
  expect(await owner.whoami()).toBeNull();

  const rescue = app.visitor();
  const first = await linkIn(mailbox, 'New login');
  for (const method of ['HEAD', 'GET', 'HEAD']) {
    expect((await rescue.send(method, first)).status).toBe(200);
  }
  expect((await rescue.get(first)).text).toContain('@not-nora');
  expect(await thief.whoami()).toBe('not-nora');
  const mailed = (await links(mailbox)).slice(own.length);
  await takeBack(rescue, first);

  expect(await rescue.whoami()).toBe('nora');
  expect(await thief.whoami()).toBeNull();
  for (const password of [PASSWORD, THIEFS, `${THIEFS} again`]) {
    expect((await app.visitor().login('nora', password)).status).toBe(422);
  }
  expect((await app.visitor().login('nora', NEXT)).status).toBe(303);
  expect((await app.visitor().login(mailbox, NEXT)).status).toBe(303);
  expect(await linksOf(app, 'nora')).toEqual(['google']);
  expect(await opens(app, who)).toBe('nora');
  expect(await opens(app, thiefs)).not.toBe('nora');
  // What the newer mailbox has is worth nothing.
  const newer = await links('thief@example.net');
  expect(newer.length).toBeGreaterThan(1);
  for (const { link: path } of newer) {
    expect((await thief.get(path)).status).toBe(410);
    expect((await disavow(thief, path)).status).toBe(410);
  }
  const recoveries = (await app.mails('thief@example.net')).flatMap(
    ({ text = '' }) => /\/recovery\/new-password\?token=\S+/.exec(text) ?? [],
  );
  expect(recoveries).not.toEqual([]);
  for (const path of recoveries) expect((await thief.get(path)).status).toBe(410);
  expect(await rescue.whoami()).toBe('nora');
  expect(await activityOf(rescue)).toContain('Undone with a mailed link, because it wasn’t you');
  // A spent link, and the others that went to the owner: what they tell of is undone.
  expect(mailed.length).toBeGreaterThan(4);
  for (const { link: path } of mailed) {
    expect((await rescue.get(path)).status).toBe(410);
    expect((await disavow(rescue, path)).status).toBe(410);
  }
  expect(await rescue.whoami()).toBe('nora');
});

it('RS-07, LG-03 the browser of a thief is a new one afterwards, whichever way its last login was', async () => {
  const { mailbox } = await owned('marked');
  const thief = app.visitor();
  await thief.login('marked');
  await unlink(thief, 'google');
  const thiefs = someone();
  await link(app, thief, 'google', thiefs);
  await thief.logout();
  await goThrough(app.stub, thief, 'google', thiefs);
  expect(await thief.whoami()).toBe('marked');
  await takeBack(app.visitor(), await linkIn(mailbox, 'New login'));
  const before = (await links(mailbox)).length;
  expect((await thief.login('marked', NEXT)).status).toBe(303);
  const after = (await links(mailbox)).slice(before);
  expect(after.map(({ subject }) => subject)).toEqual([expect.stringContaining('New login')]);
});

it('RS-07 the owner wins against a thief who has a session, by the mailbox alone', async () => {
  const { owner, who, mailbox } = await owned('selma');
  const thief = owner.copy();
  await link(app, thief, 'github', someone());
  await unlink(thief, 'google');
  await moveTo(thief, 'robber@example.net');

  const rescue = app.visitor();
  await takeBack(rescue, await linkIn(mailbox, 'GitHub was connected'));
  expect(await thief.whoami()).toBeNull();
  expect(await linksOf(app, 'selma')).toEqual(['google']);
  expect(await opens(app, who)).toBe('selma');
  expect((await app.user('selma'))?.['email']).toBe(mailbox);
});

it('undoes nothing older than what it is about', async () => {
  const { mailbox } = await owned('older');
  const other = app.visitor();
  await other.login('older');
  await link(app, other, 'github', someone());
  app.advance(HOUR);
  const late = app.visitor();
  await late.login('older');
  await link(app, late, 'gitlab', someone());
  await takeBack(app.visitor(), await linkIn(mailbox, 'GitLab was connected'));
  expect(await linksOf(app, 'older')).toEqual(['google', 'github']);
});

it('a recovery that the owner did not ask for is ended from its mail, which changes nothing else', async () => {
  const { owner, mailbox } = await owned('calm');
  await app.visitor().submit('/recovery', { identifier: 'calm' });
  const before = await app.user('calm');
  const path = await linkIn(mailbox, 'Set a new password');
  const visitor = app.visitor();
  const { status, location } = await disavow(visitor, path);
  expect([status, location]).toEqual([303, '/login']);
  expect((await visitor.get('/login')).text).toContain('Everyone is logged out');
  expect(await owner.whoami()).toBeNull();
  const after = await app.user('calm');
  expect(after?.['passwordHash']).toBe(before?.['passwordHash']);
  expect(after?.['identities']).toEqual(before?.['identities']);
  const [recovery = 'none'] = (await app.mails(mailbox)).flatMap(
    ({ text = '' }) => /\/recovery\/new-password\?token=\S+/.exec(text) ?? [],
  );
  expect((await visitor.get(recovery)).status).toBe(410);
  expect((await app.visitor().login('calm')).status).toBe(303);
});

it('RS-05 of several who press at once the account belongs to the mailbox, and the link is spent', async () => {
  const { mailbox } = await owned('rushed');
  await app.visitor().login('rushed');
  const path = await linkIn(mailbox, 'New login');
  const presses = await Promise.all(Array.from({ length: 4 }, () => disavow(app.visitor(), path)));
  expect(presses.map(({ status }) => status)).toContain(303);
  expect(presses.every(({ status }) => [303, 410, 409].includes(status))).toBe(true);
  expect((await app.visitor().get(path)).status).toBe(410);
});

it('RS-03 a link lives for seven days; what is spent, mangled, foreign or old gets one calm page', async () => {
  const { mailbox } = await owned('slow');
  await app.visitor().login('slow');
  const path = await linkIn(mailbox, 'New login');
  const [user] = path.slice('/not-me?token='.length).split('.');
  const pages: string[] = [];
  const gone = async (to: string) => {
    for (const answer of [await app.visitor().get(to), await disavow(app.visitor(), to)]) {
      expect([to, answer.status]).toEqual([to, 410]);
      pages.push(answer.text);
    }
  };
  await gone(`${path}x`);
  await gone(path.toUpperCase().replace('/NOT-ME?TOKEN', '/not-me?token'));
  await gone(`/not-me?token=${user}`);
  await gone(`/not-me?token=.${user}`);
  await gone('/not-me?token=');
  await gone('/not-me');
  app.advance(6.9 * DAY);
  expect((await app.visitor().get(path)).status).toBe(200);
  app.advance(0.2 * DAY);
  await gone(path);
  expect(new Set(pages).size).toBe(1);
});

import { startApp, type TestApp } from '../support/app.js';
import {
  AUTHENTICATOR_STEP,
  RECOVERY_CODE_STEP,
  twoStepPerson,
  typeRecoveryCode,
  typeTotp,
} from '../support/authenticator.js';
import { freshDatabase } from '../support/database-address.js';
import { goThrough } from '../support/flows.js';
import { comesWith, holderOf, link, linksOf, opens, someone } from '../support/identities.js';
import { openedBy } from '../support/routes.js';
import { sessionsOf } from '../support/stored-sessions.js';

const MINUTE = 60_000;

const database = freshDatabase();
let app: TestApp;
beforeAll(async () => {
  app = await startApp({ MONGODB_URI: database });
});
let restarted: TestApp | undefined;
afterAll(async () => {
  await restarted?.nest.close();
  await app.close();
});

it('asks for the code after the password, and leads on to where the person wanted to go', async () => {
  const { app: authenticator } = await twoStepPerson(app, 'two-steps');
  const visitor = app.visitor();
  const first = await visitor.login('two-steps', undefined, { next: '/settings/profile' });
  expect([first.status, first.location]).toEqual([303, '/login/second-step']);
  expect((await visitor.get('/login/second-step')).location).toBe(AUTHENTICATOR_STEP);
  const page = await visitor.get(AUTHENTICATOR_STEP);
  expect(page.text).toContain('type the code that it shows for this site');
  expect(page.html).toContain(`href="${RECOVERY_CODE_STEP}"`);
  expect(await visitor.whoami()).toBeNull();
  const second = await typeTotp(visitor, authenticator.code());
  expect([second.status, second.location]).toEqual([303, '/settings/profile']);
  expect((await visitor.get('/settings/profile')).text).toContain('Welcome, two-steps.');
  expect(await visitor.whoami()).toBe('two-steps');
  const sessions = Object.values((await app.user('two-steps'))?.['sessions'] ?? {});
  expect(sessions).toContainEqual(expect.objectContaining({ methods: ['password', 'totp'] }));
});

it('OA-14 asks for the code after a provider as well, and for the password of a pending link', async () => {
  const { visitor: owner, app: authenticator } = await twoStepPerson(app, 'two-doors');
  await app.verify('two-doors');
  const who = someone();
  await link(app, owner, 'google', who);
  const visitor = app.visitor();
  const answer = await goThrough(app.stub, visitor, 'google', who);
  expect(answer.location).toBe('/login/second-step');
  expect([visitor.cookies.has('test-session'), await visitor.whoami()]).toEqual([false, null]);
  const refused = await typeTotp(visitor, authenticator.wrong());
  expect([refused.status, await visitor.whoami()]).toEqual([422, null]);
  expect((await typeTotp(visitor, authenticator.code())).location).toBe('/');
  expect(await visitor.whoami()).toBe('two-doors');

  app.advance(30_000);
  const { visitor: linking, who: another } = await comesWith(app, 'two-doors@example.com', {
    ...holderOf('two-doors@example.com'),
  });
  const body = { identifier: 'two-doors', password: 'three quiet harbours' };
  const first = await linking.send('POST', '/pending-link/login', { body });
  expect(first.location).toBe('/login/second-step');
  expect(await linksOf(app, 'two-doors')).toEqual(['google']);
  expect(await opens(app, another)).toBeNull();
  expect((await typeTotp(linking, authenticator.code())).location).toBe('/pending-link');
  expect(await linking.whoami()).toBe('two-doors');
});

it('MF-03 opens nothing but the second step between the two, and that for five minutes', async () => {
  const { app: authenticator } = await twoStepPerson(app, 'between');
  const visitor = app.visitor();
  await visitor.login('between');
  expect(visitor.cookies.has('test-session')).toBe(false);
  const before = await app.user('between');
  const opened = await openedBy(app, visitor);
  const isStep = (route: string) => /^\w+ \/login\/(second-step|lost-factor$)/.test(route);
  expect(opened).toContain(`GET ${AUTHENTICATOR_STEP}`);
  expect(opened.filter((route) => !isStep(route))).toEqual([]);
  expect(await app.user('between')).toEqual(before);
  app.advance(5 * MINUTE);
  const late = await typeTotp(visitor, authenticator.code());
  expect(late.location).toBe('/login');
  expect((await visitor.get('/login')).text).toContain('That took too long');
  expect(await visitor.whoami()).toBeNull();
});

it('FA-07 a login between the two steps goes on after a restart, and belongs to its browser alone', async () => {
  const { app: authenticator } = await twoStepPerson(app, 'restarted');
  const visitor = app.visitor();
  await visitor.login('restarted');
  expect((await typeTotp(app.visitor(), authenticator.code())).location).toBe('/login');
  // Another process at the same database: nothing of the login is in the first one.
  const other = (restarted = await startApp({ MONGODB_URI: database }));
  other.advance(app.now().getTime() - other.now().getTime());
  const afterwards = other.visitor();
  for (const [name, value] of visitor.cookies) afterwards.cookies.set(name, value);
  expect((await typeTotp(afterwards, authenticator.code())).location).toBe('/');
  expect(await afterwards.whoami()).toBe('restarted');
});

it('fails closed: a factor that some other hand has damaged is asked for all the same', async () => {
  await app.person('damaged-factor');
  await app.db
    .collection('users')
    .updateOne({ username: 'damaged-factor' }, { $set: { totp: { sealedSecret: 'x' } } });
  const visitor = app.visitor();
  expect((await visitor.login('damaged-factor')).location).toBe('/login/second-step');
  await typeTotp(visitor, '123456');
  expect(await visitor.whoami()).toBeNull();
});

it('ends the session that the browser had before, though the second step is not taken', async () => {
  await twoStepPerson(app, 'second-person');
  const visitor = await app.person('first-person');
  const left = visitor.copy();
  await visitor.send('POST', '/login', {
    body: { identifier: 'second-person', password: 'three quiet harbours' },
  });
  expect(await visitor.whoami()).toBeNull();
  expect(await left.whoami()).toBeNull();
  expect(await sessionsOf(app, 'first-person')).toEqual([]);
});

it('a login between the steps ends with the password that began it', async () => {
  const { visitor: owner, app: authenticator } = await twoStepPerson(app, 'overtaken');
  const thief = app.visitor();
  await thief.login('overtaken');
  const changed = await owner.submit('/settings/password', {
    currentPassword: 'three quiet harbours',
    newPassword: 'four louder harbours',
    newPasswordAgain: 'four louder harbours',
  });
  expect(changed.location).toBe('/settings/password');
  expect((await typeTotp(thief, authenticator.code())).location).toBe('/login');
  expect(await thief.whoami()).toBeNull();
});

it('a login between the steps ends with the set-up of another app', async () => {
  const { visitor: owner, codes } = await twoStepPerson(app, 'replacing');
  const thief = app.visitor();
  await thief.login('replacing');
  const made = await owner.submit('/settings/security/recovery-codes', {});
  expect(made.status).toBe(200);
  expect((await typeRecoveryCode(thief, codes[0] ?? '')).location).toBe('/login');
});

it('RC-07 of twenty who type the same code at once one is let in', async () => {
  const { app: authenticator } = await twoStepPerson(app, 'rushed');
  const visitors = Array.from({ length: 20 }, () => app.visitor());
  for (const visitor of visitors) await visitor.login('rushed');
  const totp = authenticator.code();
  await Promise.all(visitors.map((visitor) => typeTotp(visitor, totp)));
  const names = await Promise.all(visitors.map((visitor) => visitor.whoami()));
  expect(names.filter((name) => name === 'rushed')).toHaveLength(1);
});

it('RC-07 of twenty who type the same recovery code at once one is let in', async () => {
  const { codes } = await twoStepPerson(app, 'rushed-code');
  const visitors = Array.from({ length: 20 }, () => app.visitor());
  for (const visitor of visitors) await visitor.login('rushed-code');
  await Promise.all(visitors.map((visitor) => typeRecoveryCode(visitor, codes[3] ?? '')));
  const names = await Promise.all(visitors.map((visitor) => visitor.whoami()));
  expect(names.filter((name) => name === 'rushed-code')).toHaveLength(1);
});

it('a double press of the last button is let in once and led on', async () => {
  const { app: authenticator } = await twoStepPerson(app, 'twice');
  const visitor = app.visitor();
  await visitor.login('twice');
  const totp = authenticator.code();
  const again = visitor.copy();
  await typeTotp(visitor, totp);
  expect((await typeTotp(again, totp)).location).toBe('/login');
  expect(await visitor.whoami()).toBe('twice');
});

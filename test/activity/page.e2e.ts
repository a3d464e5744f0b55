import { DAY } from '../../src/core/clock.js';
import { activityOf, told } from '../support/activity.js';
import { startApp, type TestApp } from '../support/app.js';
import { until } from '../support/wait-until.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const FIREFOX = {
  headers: {
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  },
};

/** Puts things that never happened into somebody's activity: the oldest first, a minute apart. */
async function plant(username: string, records: readonly object[]): Promise<void> {
  const accountId = String((await app.user(username))?.['_id']);
  const now = Date.now();
  const plain = { accountId, result: 'success', facts: {}, browser: null, address: null };
  const planted = records.map((record, n) => ({
    _id: `${username}-${n}`,
    ...plain,
    at: new Date(now - (records.length - n) * 60_000),
    expiresAt: new Date(now + DAY),
    ...record,
  }));
  await app.db.collection<{ _id: string }>('activity').insertMany(planted);
}

it('LG-01, LG-03 tells its person alone what has happened, the newest first', async () => {
  const ada = await app.person('ada');
  await app.person('bob');
  const other = app.visitor();
  await other.login('ada', 'not the password');
  await other.login('ada');
  await other.submit('/settings/profile', { username: 'ada', name: 'Countess' });
  await other.logout();
  await told(app);
  await until(async () => (await activityOf(ada)).length === 6);
  expect(await activityOf(ada)).toEqual([
    'Logged out',
    'Profile changed',
    'Logged in with a password, in a browser that was new to your account',
    'Someone tried to log in with a password',
    'Logged in with a password',
    'Account created with a password',
  ]);
  expect(await activityOf(ada, '?kind=logins')).toHaveLength(4);
  expect(await activityOf(ada, '?kind=account')).toEqual([
    'Profile changed',
    'Account created with a password',
  ]);
  expect(await activityOf(ada, '?kind=failures')).toEqual([
    'Someone tried to log in with a password',
  ]);
  expect(await activityOf(ada, '?kind=sessions')).toEqual([]);
});

it('says when it was, where it came from and with which browser', async () => {
  const person = await app.person('placed');
  await person.send('POST', '/logout', { ...FIREFOX, body: { _csrf: await person.token('/') } });
  await person.login('placed');
  await told(app);
  const { text } = await person.get('/settings/activity');
  const now = new Date();
  const day = now.toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
  expect(text).toMatch(new RegExp(`Logged out ${day} at \\d\\d:\\d\\d UTC`));
  expect(text).toContain(`Firefox on Linux · ${person.address}`);
});

it('shows what is older page by page, each thing once', async () => {
  const person = await app.person('long');
  await told(app);
  const names = Array.from({ length: 60 }, (_, n) => ({ name: `unheard-of-${n}` }));
  // Two of the same instant, of which one is on the next page.
  await plant('long', [...names, { name: 'email-verified' }, { name: 'email-verified' }]);
  const pages: string[][] = [];
  for (let path: string | undefined = ''; path !== undefined;) {
    pages.push(await activityOf(person, path));
    const { html } = await person.get(`/settings/activity${path}`);
    const [, query] = /href="\/settings\/activity(\?before[^"]+)">Older/.exec(html) ?? [];
    path = query?.replace('&#x3D;', '=');
  }
  expect(pages.map((page) => page.length)).toEqual([25, 25, 14]);
  expect(pages.flat().filter((each) => each === 'Something else happened')).toHaveLength(60);
  expect((await person.get('/settings/activity?before=nonsense')).status).toBe(200);
});

it('FA-10 leaves out what is older than 400 days, whatever the database still holds', async () => {
  const person = await app.person('old');
  await told(app);
  await plant('old', [
    { name: 'email-changed', at: new Date(Date.now() - 400 * DAY), expiresAt: new Date() },
  ]);
  expect(await activityOf(person)).not.toContain('Email address changed');
  const accountId = String((await app.user('old'))?.['_id']);
  const records = await app.db
    .collection('activity')
    .find({ accountId, name: 'registered' })
    .toArray();
  const [{ at, expiresAt } = {}] = records as { at?: Date; expiresAt?: Date }[];
  expect((expiresAt?.getTime() ?? 0) - (at?.getTime() ?? 0)).toBe(400 * DAY);
});

it.each([
  ['a name that is none', { name: 7 }],
  ['no facts', { name: 'logged-in', facts: null }],
  ['a time that is none', { name: 'logged-in', at: 'yesterday' }],
  ['a name from somewhere else', { name: '<b>constructor</b>' }],
  ['a browser that is none', { name: 'logged-in', browser: 7, address: { no: 1 } }],
])('stays whole beside a record with %s', async (_, record) => {
  const username = `broken${Math.random().toString(36).slice(2, 8)}`;
  const person = await app.person(username);
  await told(app);
  await plant(username, [record]);
  expect(await activityOf(person)).toContain('Account created with a password');
  expect((await person.get('/settings/activity')).text).not.toMatch(/undefined|\[object/);
});

it('leads on to what is older past records without a time', async () => {
  const person = await app.person('timeless');
  await told(app);
  const timeless = { name: 'logged-in', at: 'yesterday' };
  await plant(
    'timeless',
    Array.from({ length: 30 }, () => timeless),
  );
  expect((await activityOf(person)).toSorted()).toEqual([
    'Account created with a password',
    'Logged in with a password',
  ]);
  const older = Array.from({ length: 30 }, (_, n) => ({ at: new Date(2026, 0, n + 1) }));
  await plant(
    'timeless',
    older.map((each, n) => ({ _id: `older-${n}`, name: 'email-verified', ...each })),
  );
  expect(await activityOf(person)).toHaveLength(25);
});

it('goes with the account', async () => {
  const person = await app.person('gone');
  await told(app);
  const accountId = String((await app.user('gone'))?.['_id']);
  const left = () => app.db.collection('activity').countDocuments({ accountId });
  expect(await left()).toBeGreaterThan(0);
  expect((await person.deleteAccount()).location).toBe('/');
  await until(async () => (await left()) === 0);
});

it('is for people signed in', async () => {
  const { location } = await app.visitor().get('/settings/activity');
  expect(location).toBe('/login?next=%2Fsettings%2Factivity');
});

import { told } from '../support/activity.js';
import { startApp, type TestApp } from '../support/app.js';
import { decide, startFlow } from '../support/flows.js';
import { IDENTITIES, someone } from '../support/identities.js';
import { sessionsOf } from '../support/stored-sessions.js';
import { verificationMail } from '../support/verification-mail.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

it('RC-01 of 50 registrations of one name at once, one wins and 49 are told', async () => {
  const visitors = Array.from({ length: 50 }, () => app.visitor());
  const tokens = await Promise.all(visitors.map((visitor) => visitor.token('/register')));
  const answers = await Promise.all(
    visitors.map((visitor, index) =>
      visitor.send('POST', '/register', {
        body: {
          _csrf: tokens[index] ?? '',
          email: `racer${index}@example.com`,
          username: index % 2 ? 'Racer' : 'racer',
          name: 'Racer',
          password: PASSWORD,
          passwordAgain: PASSWORD,
        },
      }),
    ),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 303)).toHaveLength(1);
  expect(statuses.filter((status) => status === 422)).toHaveLength(49);
  const racers = (await app.users()).filter((user) => user['usernameCanonical'] === 'racer');
  expect(racers).toHaveLength(1);
});

async function expectFiveClaims(email: string, waiting: number): Promise<void> {
  const holders = (await app.users()).filter(
    (user) => String(user['email']).toLowerCase() === email,
  );
  const claims = holders.flatMap(({ emailClaim }) =>
    typeof emailClaim === 'string' ? [emailClaim] : [],
  );
  expect(claims.toSorted((one, other) => one.localeCompare(other))).toEqual(
    [1, 2, 3, 4, 5].map((place) => `${place} ${email}`),
  );
  expect(holders).toHaveLength(claims.length + waiting);
}

it('RC-02 of 50 registrations of one address at once, in any case, five claim it and 45 wait for its verification', async () => {
  const visitors = Array.from({ length: 50 }, () => app.visitor());
  const tokens = await Promise.all(visitors.map((visitor) => visitor.token('/register')));
  const answers = await Promise.all(
    visitors.map((visitor, index) =>
      visitor.send('POST', '/register', {
        body: {
          _csrf: tokens[index] ?? '',
          email:
            ['shared@example.com', 'SHARED@example.com', 'Shared@EXAMPLE.com'][index % 3] ?? '',
          username: `sharer-${index}`,
          name: 'Sharer',
          password: PASSWORD,
          passwordAgain: PASSWORD,
        },
      }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(303));
  await expectFiveClaims('shared@example.com', 45);
});

it('RC-01, RC-02 of 20 people who change to one name or one address at once, one gets it or five claim it and 15 wait', async () => {
  const people = await Promise.all(
    Array.from({ length: 20 }, (_, index) => app.person(`wants-${index}`)),
  );
  for (const [path, fields, count] of [
    ['/settings/profile', { username: 'Wanted', name: 'W' }, 1],
    ['/settings/email', { email: 'wanted@example.com', currentPassword: PASSWORD }, 20],
  ] as const) {
    const answers = await Promise.all(people.map((person) => person.submit(path, fields)));
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    const expected = [...Array(count).fill(303), ...Array(20 - count).fill(422)];
    expect([path, statuses]).toEqual([path, expected]);
  }
  await expectFiveClaims('wanted@example.com', 15);
});

it('RC-08 of two password changes at once, one wins and no other session lives', async () => {
  const first = await app.person('two-changes');
  const second = app.visitor();
  await second.login('two-changes');
  const change = (visitor: Visitor, newPassword: string) =>
    visitor.submit('/settings/password', {
      currentPassword: PASSWORD,
      newPassword,
      newPasswordAgain: newPassword,
    });
  const answers = await Promise.all([
    change(first, 'the first new phrase'),
    change(second, 'the second new phrase'),
  ]);
  const winners = answers.filter(({ status }) => status === 303);
  expect(winners).toHaveLength(1);
  const alive = [await first.whoami(), await second.whoami()].filter((name) => name !== null);
  expect(alive).toHaveLength(1);
});

it('RC-08 of a password change and a recovery at once one wins and no other session lives', async () => {
  const owner = await app.owner('changed-and-reset');
  const phone = app.visitor();
  await phone.login('changed-and-reset');
  const token = await recoveryTokenOf('changed-and-reset');
  const _csrf = await owner.token('/settings/password');
  const mailbox = app.visitor();
  const answers = await Promise.all([
    owner.send('POST', '/settings/password', {
      body: { _csrf, currentPassword: PASSWORD, ...twice('the changed phrase') },
    }),
    recover(mailbox, token, 'the recovered phrase'),
  ]);
  const [isChanged, isRecovered] = answers.map(({ status }) => status === 303);
  expect(isChanged).not.toBe(isRecovered);
  const name = (isIn: boolean | undefined) => (isIn ? 'changed-and-reset' : null);
  expect([await owner.whoami(), await mailbox.whoami(), await phone.whoami()]).toEqual([
    name(isChanged),
    name(isRecovered),
    null,
  ]);
  const opening = isChanged ? 'the changed phrase' : 'the recovered phrase';
  for (const password of [PASSWORD, 'the changed phrase', 'the recovered phrase']) {
    const { status } = await app.visitor().login('changed-and-reset', password);
    expect([password, status]).toEqual([password, password === opening ? 303 : 422]);
  }
});

it('RC-12 a deletion and logins at once leave no session behind', async () => {
  const visitor = await app.person('vanishing');
  const others = Array.from({ length: 4 }, () => app.visitor());
  await Promise.all([...others.map((other) => other.login('vanishing')), visitor.deleteAccount()]);
  for (const each of [visitor, ...others]) expect(await each.whoami()).toBeNull();
  expect((await app.users()).some((each) => each['username'] === 'vanishing')).toBe(false);
});

it('RC-12 a deletion brings nobody back who is changed at the same moment', async () => {
  const visitor = await app.person('resurrected');
  const user = (await app.users()).find((each) => each['username'] === 'resurrected');
  const next = 'four louder harbours';
  const token = await visitor.token('/settings/profile');
  const post = (path: string, fields: Record<string, string>) =>
    visitor.copy().send('POST', path, { body: { _csrf: token, ...fields } });
  const answers = await Promise.all([
    post('/settings/delete', { confirmation: 'resurrected', currentPassword: PASSWORD }),
    ...Array.from({ length: 3 }, (_, index) =>
      post('/settings/profile', { username: `risen-${index}`, name: 'R' }),
    ),
    post('/settings/email', { email: 'risen@example.com', currentPassword: PASSWORD }),
    post('/settings/password', {
      currentPassword: PASSWORD,
      newPassword: next,
      newPasswordAgain: next,
    }),
  ]);
  for (const { status } of answers) expect(status).toBeLessThan(500);
  const left = (await app.users()).filter(({ username }) =>
    /^(risen|resurrected)/.test(String(username)),
  );
  // The change of the password can end the session that asks for the deletion: then nothing is deleted.
  const deleted = answers[0]?.location === '/';
  expect(left.map(({ _id }) => String(_id))).toEqual(deleted ? [] : [String(user?.['_id'])]);
});

it('RC-12 a deletion beside a recovery, a verified address, a link and an undo leaves nothing, or the whole account', async () => {
  const email = 'whole-new@example.com';
  for (let round = 0; round < 3; round++) {
    const username = `whole-${round}`;
    const owner = await app.owner(username);
    expect((await owner.submit('/settings/email', { email })).status).toBe(303);
    const { link: verifying } = await verificationMail(app, email);
    const token = await recoveryTokenOf(username);
    const _csrf = await owner.token('/settings/delete');
    const linked = someone();
    const flow = await startFlow(owner, IDENTITIES, '/oauth/google/link');
    const callback = await decide(app.stub, flow, linked);
    const [login, mailbox, linking] = [app.visitor(), app.visitor(), owner.copy()];
    await told(app);
    const texts = (await app.mails(`${username}@example.com`)).map(({ text = '' }) => text);
    const [doubt = ''] = /\/not-me\?token=\S+/.exec(texts.join('\n')) ?? [];
    expect((await mailbox.get(doubt)).status).toBe(200);
    const user = await app.user(username);
    const answers = await Promise.all([
      owner.send('POST', '/settings/delete', {
        body: { _csrf, confirmation: username, currentPassword: PASSWORD },
      }),
      recover(mailbox, token, 'the recovered phrase'),
      app.visitor().send('POST', verifying),
      app.visitor().send('POST', doubt),
      linking.get(callback),
      login.login(username),
    ]);
    for (const { status } of answers) expect(status).toBeLessThan(500);
    const isGone = answers[0].location === '/';
    const left = (await app.users()).filter(({ _id }) => String(_id) === String(user?.['_id']));
    expect([round, left.length]).toEqual([round, isGone ? 0 : 1]);
    if (isGone) {
      for (const each of [owner, mailbox, linking, login]) expect(await each.whoami()).toBeNull();
      expect(await sessionsOf(app, username)).toEqual([]);
      expect(JSON.stringify(await app.users())).not.toContain(` ${linked.subject}"`);
      // What was on the way opens nothing.
      expect((await recover(app.visitor(), token, 'the recovered phrase')).status).toBe(422);
      for (const path of [verifying, doubt]) {
        expect((await app.visitor().send('POST', path)).status).toBe(410);
      }
      expect(await app.user(username)).toBeNull();
    }
    await app.db.collection('users').deleteMany({ username });
  }
});

it('SU-04 two deletions at once are one, a wrong or missing password is none', async () => {
  const visitor = await app.person('twice-gone');
  const token = await visitor.token('/settings/delete');
  for (const fields of [
    {},
    { currentPassword: '' },
    { currentPassword: 'wrong password' },
    { confirm: 'yes' },
    { currentPassword: PASSWORD, confirmation: '' },
    { currentPassword: PASSWORD, confirmation: 'twice' },
  ]) {
    const body = { _csrf: token, confirmation: 'twice-gone', ...fields };
    expect((await visitor.send('POST', '/settings/delete', { body })).status).toBe(422);
  }
  expect(await visitor.whoami()).toBe('twice-gone');
  const right = { _csrf: token, confirmation: 'TWICE-gone', currentPassword: PASSWORD };
  const both = await Promise.all(
    [visitor, visitor.copy()].map((each) => each.send('POST', '/settings/delete', { body: right })),
  );
  for (const { status } of both) expect(status).toBeLessThan(500);
  expect(both.map(({ location }) => location)).toContain('/');
  expect(app.log.filter((line) => / deleted .*userId=/.test(line)).length).toBeGreaterThan(0);
  expect((await app.users()).some(({ username }) => username === 'twice-gone')).toBe(false);
  const late = await visitor.send('POST', '/settings/delete', {
    body: right,
  });
  expect([303, 403]).toContain(late.status);
});

/** A link to a new password, as it was mailed. @returns its token */
async function recoveryTokenOf(username: string): Promise<string> {
  expect((await app.visitor().submit('/recovery', { identifier: username })).status).toBe(303);
  const texts = (await app.mails(`${username}@example.com`)).map(({ text = '' }) => text);
  const tokens = texts.flatMap((text) => /new-password\?token=(\S+)/.exec(text)?.[1] ?? []);
  return tokens.at(-1) ?? '';
}

function recover(visitor: Visitor, token: string, password: string) {
  const body = { token, ...twice(password) };
  return visitor.send('POST', '/recovery/new-password', { body });
}

function twice(newPassword: string) {
  return { newPassword, newPasswordAgain: newPassword };
}

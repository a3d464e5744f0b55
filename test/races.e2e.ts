import { startApp, type TestApp } from './support/app.js';
import { PASSWORD, type Visitor } from './support/visitor.js';

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

it('RC-12 a deletion and logins at once leave no session behind', async () => {
  const visitor = await app.person('vanishing');
  const user = (await app.users()).find((each) => each['username'] === 'vanishing');
  await Promise.all([
    ...Array.from({ length: 4 }, () => app.visitor().login('vanishing')),
    visitor.submit('/settings/delete', { currentPassword: PASSWORD }),
  ]);
  expect(
    await app.db.collection('sessions').countDocuments({ userId: String(user?.['_id']) }),
  ).toBe(0);
  expect((await app.users()).some((each) => each['username'] === 'vanishing')).toBe(false);
});

import { startApp, type TestApp } from '../support/app.js';
import { PASSWORD } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

describe('home', () => {
  it('S107, S108 shows what is stored about a person, and says plainly what is not there', async () => {
    const person = await app.person('shown');
    const home = await person.get('/');
    expect(home.text).toMatch(
      /User name shown Name The real shown E-mail address shown@example.com/,
    );
    expect(home.text).toContain('Password Set');
    const gone = { name: 1, email: 1, emailCanonical: 1, passwordHash: 1 };
    await app.db.collection('users').updateOne({ username: 'shown' }, { $unset: gone });
    const bare = (await person.get('/')).text;
    expect(bare).toContain('Name Not given E-mail address Not given Password Not set');
    expect(bare).not.toMatch(/None|null|undefined/);
  });
});

describe('settings', () => {
  it('change the user name and the name, and nothing else', async () => {
    const visitor = app.visitor();
    await visitor.register('Before');
    const answer = await visitor.submit('/settings', { username: 'After', name: '' });
    expect(answer.location).toBe('/settings');
    const page = await visitor.get('/settings');
    expect(page.text).toContain('Your profile is saved.');
    expect(await visitor.whoami()).toBe('After');
    expect((await app.visitor().login('After')).location).toBe('/');
    expect((await app.visitor().login('Before')).status).toBe(422);
  });

  it('let a person keep their own name in another case and refuse somebody else’s', async () => {
    const visitor = app.visitor();
    await visitor.register('casey');
    await app.person('Ann');
    expect((await visitor.submit('/settings', { username: 'Casey', name: 'C' })).status).toBe(303);
    const taken = await visitor.submit('/settings', { username: 'ANN', name: 'C' });
    expect([taken.status, taken.text]).toEqual([
      422,
      expect.stringContaining('This user name is already taken'),
    ]);
  });

  it('change the address only with the password', async () => {
    const visitor = app.visitor();
    await visitor.register('mover');
    const wrong = await visitor.submit('/settings/email', {
      email: 'new@example.com',
      currentPassword: 'wrong password',
    });
    expect([wrong.status, wrong.text]).toEqual([
      422,
      expect.stringContaining('This is not your current password'),
    ]);
    const right = await visitor.submit('/settings/email', {
      email: 'new@example.com',
      currentPassword: PASSWORD,
    });
    expect(right.location).toBe('/settings/email');
    expect((await app.visitor().login('new@example.com')).location).toBe('/');
  });

  it('PW-09 change the password only with the current one, and not to the same', async () => {
    const visitor = app.visitor();
    await visitor.register('changer');
    const change = (currentPassword: string, newPassword: string) =>
      visitor.submit('/settings/password', {
        currentPassword,
        newPassword,
        newPasswordAgain: newPassword,
      });
    const next = 'four louder harbours';
    expect((await change('', next)).status).toBe(422);
    expect((await change('wrong password', next)).status).toBe(422);
    expect((await change(PASSWORD, PASSWORD)).text).toContain('This is your current password');
    expect((await change(PASSWORD, next)).location).toBe('/settings/password');
    expect((await app.visitor().login('changer', next)).location).toBe('/');
    expect((await app.visitor().login('changer')).status).toBe(422);
  });
});

describe('deleting the account', () => {
  it('SU-04 asks for the password, then leaves nothing that names the person', async () => {
    const visitor = app.visitor();
    await visitor.register('leaver');
    const phone = app.visitor();
    await phone.login('leaver');
    const wrong = await visitor.submit('/settings/delete', { currentPassword: 'wrong password' });
    expect(wrong.status).toBe(422);
    expect((await visitor.get('/settings')).status).toBe(200);

    const user = (await app.users()).find((each) => each['username'] === 'leaver');
    const done = await visitor.submit('/settings/delete', { currentPassword: PASSWORD });
    expect(done.location).toBe('/');
    expect((await visitor.get('/')).text).toContain('Your account is deleted.');
    expect(await phone.whoami()).toBeNull();

    const everything = await Promise.all(
      ['users', 'one-time', 'throttle'].map((name) => app.db.collection(name).find().toArray()),
    );
    const dump = JSON.stringify(everything);
    expect(dump).not.toContain('leaver');
    expect(dump).not.toContain(String(user?.['_id']));
  });

  it('LK-09 gives the next owner of the name nothing of the old account', async () => {
    const old = app.visitor();
    await old.register('phoenix');
    const thief = old.copy();
    await old.submit('/settings/delete', { currentPassword: PASSWORD });
    await app.visitor().register('phoenix', {
      password: 'another long phrase',
      passwordAgain: 'another long phrase',
    });
    expect(await thief.whoami()).toBeNull();
    expect((await app.visitor().login('phoenix')).status).toBe(422);
  });
});

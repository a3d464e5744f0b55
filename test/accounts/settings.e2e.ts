import { Relay } from '../../src/activity/relay.js';
import { MINUTE } from '../../src/core/clock.js';
import { told } from '../support/activity.js';
import { startApp, type TestApp } from '../support/app.js';
import { setUp, typeRecoveryCode, typeTotp } from '../support/authenticator.js';
import { logInByPasskey, optionsFor, passkeyHolder } from '../support/passkeys.js';
import { verificationMail } from '../support/verification-mail.js';
import { IDENTITIES, link, opens, someone } from '../support/identities.js';
import { PASSWORD } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

describe('home and the hub of the settings', () => {
  it('S107, S108 greet a person, and show what is stored and what is not', async () => {
    const person = await app.person('shown');
    // The notices of the registration are shown once.
    await person.get('/');
    const home = (await person.get('/')).text;
    expect(home).toContain('Hello, The real shown You’re logged in as shown. Settings Log out');
    expect(home).not.toContain('shown@example.com');
    const hub = (await person.get('/settings')).text;
    expect(hub).toContain('Profile The real shown, shown');
    expect(hub).toContain('Email shown@example.com Not confirmed');
    expect(hub).toMatch(/Password Changed \d+ \w+ \d{4} Connected accounts None/);
    const gone = { name: 1, email: 1, emailClaim: 1, passwordHash: 1 };
    await app.db.collection('users').updateOne({ username: 'shown' }, { $unset: gone });
    const bare = (await person.get('/settings')).text;
    expect(bare).toContain('Profile shown Email No address Password Not set');
    expect(bare).not.toMatch(/null|undefined|not confirmed/i);
  });
});

it('the pages of the settings say what opens the account, and since when', async () => {
  const person = await app.owner('informed');
  const day = /\d+ \w+ \d{4}/.source;
  expect((await person.get('/settings/password')).text).toMatch(
    new RegExp(`Last changed ${day}\\.`),
  );
  expect((await person.get('/settings/email')).text).toMatch(new RegExp(`Confirmed ${day}\\.`));
  await link(app, person, 'github', someone());
  const ways = (await person.get(IDENTITIES)).text;
  expect(ways).toMatch(new RegExp(`Password Last changed ${day}\\..*GitHub .*Connected ${day}`));
  expect(ways).toMatch(/Without it, you can still log in with: a password/);
  await app.db
    .collection('users')
    .updateOne({ username: 'informed' }, { $unset: { passwordHash: 1 } });
  expect((await person.get('/settings/password')).text).not.toContain('Last changed');
  expect((await person.get(IDENTITIES)).text).toContain('This is the only way to log in');
});

describe('settings', () => {
  it('change the user name and the name, and nothing else', async () => {
    const visitor = app.visitor();
    await visitor.register('Before');
    const answer = await visitor.submit('/settings/profile', { username: 'After', name: '' });
    expect(answer.location).toBe('/settings/profile');
    const page = await visitor.get('/settings/profile');
    expect(page.text).toContain('We saved your profile.');
    expect(await visitor.whoami()).toBe('After');
    expect((await app.visitor().login('After')).location).toBe('/');
    expect((await app.visitor().login('Before')).status).toBe(422);
  });

  it('let a person keep their own name in another case and refuse somebody else’s', async () => {
    const visitor = app.visitor();
    await visitor.register('casey');
    await app.person('Ann');
    expect(
      (await visitor.submit('/settings/profile', { username: 'Casey', name: 'C' })).status,
    ).toBe(303);
    const taken = await visitor.submit('/settings/profile', { username: 'ANN', name: 'C' });
    expect([taken.status, taken.text]).toEqual([
      422,
      expect.stringContaining('This username is taken'),
    ]);
  });

  it('change the address shortly after a login, with nothing typed again', async () => {
    const visitor = app.visitor();
    await visitor.register('mover');
    const changed = await visitor.submit('/settings/email', { email: 'new@example.com' });
    expect(changed.location).toBe('/settings/email');
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
    expect((await change(PASSWORD, PASSWORD)).text).toContain('This is already your password');
    expect((await change(PASSWORD, next)).location).toBe('/settings/password');
    expect((await app.visitor().login('changer', next)).location).toBe('/');
    expect((await app.visitor().login('changer')).status).toBe(422);
  });
});

describe('deleting the account', () => {
  it('says whose account it is, and offers to log out everywhere instead', async () => {
    const visitor = await app.person('whose');
    const { text, html } = await visitor.get('/settings/delete');
    expect(text).toContain('TW The real whose whose · whose@example.com This can’t be undone.');
    expect(text).toContain('Other people can then take the username whose .');
    expect(text).toMatch(/Only want out\? Log out everywhere/);
    expect(html).toContain('action="/logout/everywhere"');
    for (const confirmation of ['', 'somebody-else', 'whose@example.com']) {
      const typed = { currentPassword: PASSWORD, confirmation };
      const answer = await visitor.deleteAccount(typed);
      expect([confirmation, answer.status]).toEqual([confirmation, 422]);
      expect(answer.text).toMatch(/Type (your username|whose) to confirm\./);
    }
    expect(await visitor.whoami()).toBe('whose');
  });

  it('takes the user name in any case, with spaces or what can’t be seen around it', async () => {
    const visitor = await app.person('typed-by-hand');
    const typed = '\u200b Typed-By-Hand\u2060';
    expect(
      (await visitor.deleteAccount({ currentPassword: PASSWORD, confirmation: typed })).location,
    ).toBe('/');
    expect(await app.user('typed-by-hand')).toBeNull();
  });

  it('SU-04 asks for the password, then leaves nothing that names the person', async () => {
    const visitor = app.visitor();
    await visitor.register('leaver');
    const phone = app.visitor();
    await phone.login('leaver');
    const wrong = await visitor.deleteAccount({ currentPassword: 'wrong password' });
    expect(wrong.status).toBe(422);
    expect((await visitor.get('/settings/profile')).status).toBe(200);

    const user = (await app.users()).find((each) => each['username'] === 'leaver');
    const done = await visitor.deleteAccount();
    expect(done.location).toBe('/');
    expect((await visitor.get('/')).text).toContain('We deleted your account.');
    expect(await phone.whoami()).toBeNull();

    const everything = await Promise.all(
      ['users', 'one-time', 'throttle'].map((name) => app.db.collection(name).find().toArray()),
    );
    const dump = JSON.stringify(everything);
    expect(dump).not.toContain('leaver');
    expect(dump).not.toContain(String(user?.['_id']));
  });

  it('LK-09, SU-04 leaves nothing that opens the account of whoever takes its name and address next', async () => {
    const email = 'phoenix@example.com';
    const { person: old, own } = await passkeyHolder(app, 'phoenix');
    // So long that no id and no date has it by chance.
    const who = someone({ subject: '73459812340912' });
    await link(app, old, 'google', who);
    const { app: authenticator, codes } = await setUp(app, old);
    const verifying = await verificationMail(app, email);
    await app.verify('phoenix');
    await old.submit('/settings/email', { email: 'phoenix@example.net' });
    const moving = await verificationMail(app, 'phoenix@example.net');
    const device = app.visitor();
    await device.login('phoenix');
    await typeTotp(device, authenticator.code(), { trust: 'yes' });
    const pending = app.visitor();
    await pending.login('phoenix');
    const recovering = app.visitor();
    await recovering.submit('/recovery', { identifier: 'phoenix' });
    const challenged = app.visitor();
    const challenge = await optionsFor(challenged);
    await told(app);
    const texts = (await app.mails(email)).map(({ text = '' }) => text);
    const linksIn = (path: string) =>
      texts.flatMap((text) => text.match(new RegExp(`/${path}\\?token=[\\w.-]+`, 'g')) ?? []);
    const thief = old.copy();
    const id = String((await app.user('phoenix'))?.['_id']);
    expect((await old.deleteAccount()).location).toBe('/');
    await told(app);
    await app.mails(email);
    // The mark of the deletion goes with the next look after a minute.
    app.advance(2 * MINUTE);
    await app.nest.get(Relay, { strict: false }).sweep();
    const collections = await app.db.listCollections();
    for (const { name } of collections) {
      const dump = JSON.stringify(await app.db.collection(name).find().toArray());
      for (const trace of [id, 'phoenix', who.subject, own.id]) {
        expect([name, dump.includes(trace)]).toEqual([name, false]);
      }
    }

    const next = app.visitor();
    const another = { password: 'another long phrase', passwordAgain: 'another long phrase' };
    expect((await next.register('phoenix', another)).status).toBe(303);
    await next.typeCode((await verificationMail(app, email)).code);
    const account = await app.user('phoenix');
    for (const each of [thief, device]) expect(await each.whoami()).toBeNull();
    expect((await device.login('phoenix')).status).toBe(422);
    expect((await typeTotp(pending, authenticator.code())).location).toBe('/login');
    expect((await typeRecoveryCode(pending, codes[0] ?? '')).location).toBe('/login');
    expect((await logInByPasskey(challenged, own.use(challenge))).status).toBe(422);
    for (const { link: path } of [verifying, moving]) {
      expect((await recovering.send('POST', path)).status).toBe(410);
    }
    const doubts = linksIn('not-me');
    const recoveries = linksIn('recovery/new-password');
    expect([doubts.length > 3, recoveries.length]).toEqual([true, 1]);
    for (const path of doubts) expect((await recovering.submit(path, {})).status).toBe(410);
    for (const path of recoveries) expect((await recovering.get(path)).status).toBe(410);
    expect(await opens(app, who)).not.toBe('phoenix');
    for (const each of [thief, device, pending, challenged, recovering]) {
      expect(await each.whoami()).toBeNull();
    }
    expect(await next.whoami()).toBe('phoenix');
    expect(await app.user('phoenix')).toMatchObject({ ...account, sessions: expect.anything() });
  });
});

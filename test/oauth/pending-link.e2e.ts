import { startApp, type TestApp } from '../support/app.js';
import { comesWith, holderOf, keyAt, linksOf, opens } from '../support/identities.js';
import { decide, startFlow, goThrough } from '../support/flows.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';
import { until } from '../support/wait-until.js';

const MINUTE = 60_000;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const connect = (visitor: Visitor) => visitor.submit('/pending-link', {});

describe('a verified address that an account here has verified', () => {
  it('LK-01, EN-07 signs nobody in and links nothing, and the page offers the account’s own ways', async () => {
    await app.owner('vera');
    const before = await app.users();
    const { visitor } = await comesWith(app, 'VERA@example.com');
    const page = await visitor.get('/pending-link');
    expect(page.text).toContain('an account here already has that address');
    expect(page.text).toContain('Log in and continue');
    expect(page.html).toMatch(/name="identifier"[^>]* value="VERA@example.com"[^>]* readonly/);
    expect(page.html).not.toMatch(/[^A-Z]vera\b/);
    expect(page.html).not.toContain('action="/oauth/');
    expect(await app.users()).toEqual(before);
  });

  it('EN-07 reveals nothing where the provider does not vouch for it', async () => {
    await app.person('quiet');
    const comes = async (email: string) => {
      const visitor = app.visitor();
      const who = { ...holderOf(email), emailVerified: false };
      const answer = await goThrough(app.stub, visitor, 'google', who);
      const name = (await visitor.whoami()) ?? '';
      return [answer.status, answer.location, (await visitor.get('/')).text.replace(name, 'NAME')];
    };
    expect(await comes('quiet@example.com')).toEqual(await comes('nobody-has@example.com'));
    expect(await app.user('quiet')).toMatchObject({ email: 'quiet@example.com', identities: [] });
  });

  it('LK-01 is linked or declined where a person agrees and cancels at once, never linked with a revoked token', async () => {
    const people = Array.from({ length: 8 }, (_, count) => `torn-${count}`);
    const subjects = await Promise.all(
      people.map(async (name) => {
        await app.owner(name);
        const { visitor, who } = await comesWith(app, `${name}@example.com`);
        await visitor.login(name);
        const other = visitor.copy();
        await Promise.all([connect(visitor), other.submit('/pending-link/cancel', {})]);
        return `google:${who.subject}`;
      }),
    );
    const links = await Promise.all(people.map((name) => linksOf(app, name)));
    const declined = subjects.filter((_, index) => links[index]?.length === 0);
    await until(() => declined.every((each) => app.stub.revoked.includes(each)));
    const linked = subjects.filter((each) => !declined.includes(each));
    expect(linked.filter((each) => app.stub.revoked.includes(each))).toEqual([]);
  });

  it('links after a login with the password and the person’s word', async () => {
    await app.owner('anna');
    const { visitor, who } = await comesWith(app, 'anna@example.com');
    const old = visitor.copy();
    const login = await visitor.submit('/login?next=%2Fpending-link', {
      identifier: 'anna',
      password: PASSWORD,
    });
    expect(login.location).toBe('/pending-link');
    expect(await opens(app, who)).toBeNull();
    const page = await visitor.get('/pending-link');
    expect(page.text).toContain('Are both of these yours?');
    expect(page.text).toMatch(/Google anna@example.com .* anna \( The real anna \)/);
    const thief = visitor.copy();
    expect((await connect(visitor)).location).toBe('/settings/identities');
    expect((await visitor.get('/settings/identities')).text).toContain('Google is connected.');
    expect(await opens(app, who)).toBe('anna');
    // SE-03, SE-04: the ids of before are dead, and the ticket is spent.
    expect([await thief.whoami(), await old.whoami()]).toEqual([null, null]);
    expect((await visitor.get('/pending-link')).location).toBe('/settings/identities');
  });

  it('links after a login by another provider', async () => {
    const gina = app.visitor();
    const first = { subject: 'gina-hub', name: 'Gina Hub', email: 'gina@example.com' };
    await goThrough(app.stub, gina, 'gitlab', first);
    const { visitor, who } = await comesWith(app, 'gina@example.com');
    const page = await visitor.get('/pending-link');
    expect(page.text).not.toContain('Log in and continue');
    const back = await goThrough(app.stub, visitor, 'gitlab', first, { page: '/pending-link' });
    expect(back.location).toBe('/pending-link');
    await connect(visitor);
    expect(await opens(app, who)).toBe('gina');
  });

  it('leads on to the page that was asked for first', async () => {
    await app.owner('nella');
    const visitor = app.visitor();
    const address = await startFlow(visitor, '/login?next=%2Fsettings%2Femail', '/oauth/google');
    await visitor.get(await decide(app.stub, address, holderOf('nella@example.com')));
    await visitor.login('nella');
    expect((await connect(visitor)).location).toBe('/settings/email');
  });

  it('is refused to whoever logs in to another account', async () => {
    await app.owner('right');
    await app.person('wrong');
    const { visitor, who } = await comesWith(app, 'right@example.com');
    await visitor.login('wrong');
    expect((await visitor.get('/pending-link')).location).toBe('/settings/identities');
    const body = { _csrf: await visitor.token('/settings/profile') };
    const answer = await visitor.send('POST', '/pending-link', { body });
    expect(answer.location).toBe('/settings/identities');
    expect((await visitor.get('/settings/identities')).text).toContain('nothing to connect');
    await visitor.logout();
    await visitor.login('right');
    expect((await visitor.get('/pending-link')).location).toBe('/settings/identities');
    expect(await opens(app, who)).toBeNull();
  });

  it('waits ten minutes, in this browser alone', async () => {
    await app.owner('patient');
    const { visitor, who } = await comesWith(app, 'patient@example.com');
    const elsewhere = app.visitor();
    await elsewhere.login('patient');
    expect((await elsewhere.get('/pending-link')).location).toBe('/settings/identities');
    await visitor.login('patient');
    expect((await visitor.get('/pending-link')).status).toBe(200);
    app.advance(11 * MINUTE);
    expect((await visitor.get('/pending-link')).location).toBe('/settings/identities');
    const body = { _csrf: await visitor.token('/settings/profile') };
    await visitor.send('POST', '/pending-link', { body });
    expect(await opens(app, who)).toBeNull();
  });

  it('OA-13 is forgotten with its token when nobody agreed in time', async () => {
    await app.owner('forgets');
    const { visitor } = await comesWith(app, 'forgets@example.com');
    await visitor.login('forgets');
    const page = () => visitor.get('/pending-link');
    expect((await page()).status).toBe(200);
    app.advance(11 * MINUTE);
    expect((await page()).location).toBe('/settings/identities');
    // What is left until the database cleans up opens nothing without the browser's cookie.
    const [index] = (await app.db.collection('one-time').indexes()).filter(
      ({ key }) => 'removeAt' in key,
    );
    expect(index).toMatchObject({ expireAfterSeconds: 0 });
  });

  it('SE-01 is no use under a cookie that was planted', async () => {
    await app.owner('fixed');
    const visitor = app.visitor();
    const address = await startFlow(visitor, '/login', '/oauth/google');
    const planted = visitor.copy();
    await visitor.get(await decide(app.stub, address, holderOf('fixed@example.com')));
    expect((await visitor.get('/pending-link')).status).toBe(200);
    expect((await planted.get('/pending-link')).location).toBe('/login');
    const body = { _csrf: await planted.token('/login') };
    await planted.send('POST', '/pending-link', { body });
    expect(await planted.whoami()).toBeNull();
  });

  it('RC-07 is linked once by two presses at once, and S90 refused beside another of its provider', async () => {
    const pia = await app.owner('pia');
    const { visitor, who } = await comesWith(app, 'pia@example.com');
    await visitor.login('pia');
    const body = { _csrf: await visitor.token('/pending-link') };
    const twice = [visitor.copy(), visitor.copy()];
    await Promise.all(twice.map((tab) => tab.send('POST', '/pending-link', { body })));
    expect((await app.user('pia'))?.['identities']).toMatchObject([{ key: keyAt('google', who) }]);
    await pia.logout();

    const second = await comesWith(app, 'pia@example.com');
    await second.visitor.login('pia');
    expect((await connect(second.visitor)).location).toBe('/settings/identities');
    const page = await second.visitor.get('/settings/identities');
    expect(page.text).toContain('Another Google account is already connected.');
    expect((await app.user('pia'))?.['identities']).toMatchObject([{ key: keyAt('google', who) }]);
  });
});

it('names the address of an account without a password, and keeps what was asked for', async () => {
  const email = 'provider-only@example.com';
  await goThrough(app.stub, app.visitor(), 'github', { ...holderOf(email), subject: '4711' });
  const { visitor } = await comesWith(app, email);
  expect((await visitor.get('/pending-link')).text).toContain(`says that ${email} is yours`);

  await app.owner('keeps-on');
  const asked = async () => {
    const other = app.visitor();
    const page = '/login?remember=yes&next=%2Fsettings%2Fprofile';
    const who = holderOf('keeps-on@example.com');
    const { location } = await goThrough(app.stub, other, 'google', who, { page });
    expect(location).toBe('/pending-link');
    return other;
  };
  const cancelling = await asked();
  const cancelled = await cancelling.submit('/pending-link', {}, '/pending-link/cancel');
  expect(cancelled.location).toBe('/login?next=%2Fsettings%2Fprofile');
  const remembered = await asked();
  const typed = { identifier: 'keeps-on', password: PASSWORD };
  const login = await remembered.submit('/pending-link', typed, '/pending-link/login');
  const session = login.headers.getSetCookie().find((cookie) => cookie.startsWith('test-session='));
  expect(session).toContain('Max-Age=7776000');
});

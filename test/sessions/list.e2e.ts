import { Injectable } from '@nestjs/common';
import { MongooseUserRepository } from '../../src/users/mongoose/mongoose-user.repository.js';
import { UserRepository } from '../../src/users/user.repository.js';
import { startApp, type TestApp } from '../support/app.js';
import { goThrough, reauthenticate } from '../support/flows.js';
import { link, someone } from '../support/identities.js';
import { sessionsOf } from '../support/stored-sessions.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

const MINUTE = 60_000;
const PAGE = '/settings/sessions';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';

/** The repository, where a test can have something else happen between the decision of a change and its write. */
@Injectable()
class OvertakenUsers extends MongooseUserRepository {
  before: (() => Promise<unknown>) | null = null;

  override async update(
    ...change: Parameters<MongooseUserRepository['update']>
  ): ReturnType<MongooseUserRepository['update']> {
    const { before } = this;
    this.before = null;
    await before?.();
    return super.update(...change);
  }
}

let app: TestApp;
beforeAll(async () => {
  app = await startApp({}, (testing) =>
    testing.overrideProvider(UserRepository).useClass(OvertakenUsers),
  );
});
afterAll(() => app.close());

/** Logs in from a browser of this kind. */
async function loggedIn(username: string, userAgent: string, address?: string): Promise<Visitor> {
  const visitor = app.visitor(address);
  const body = { identifier: username, password: PASSWORD };
  const headers = { 'user-agent': userAgent };
  expect((await visitor.send('POST', '/login', { body, headers })).location).toBe('/');
  return visitor;
}

/** The handles on the page, in its order. */
async function handlesOn(visitor: Visitor): Promise<string[]> {
  const { html } = await visitor.get(PAGE);
  return [...html.matchAll(/action="\/settings\/sessions\/([\w-]+)\/end"/g)].map(
    ([, handle = '']) => handle,
  );
}

const press = (visitor: Visitor, step: string) => visitor.submit(PAGE, {}, `${PAGE}/${step}`);
const end = (visitor: Visitor, handle = 'none') => press(visitor, `${handle}/end`);

describe('the list of sessions', () => {
  it('SE-12 shows this one first, then what was seen last: browser, address, way in and times', async () => {
    await app.person('lists');
    await loggedIn('lists', FIREFOX, '192.0.2.1');
    app.advance(5 * MINUTE);
    const phone = await loggedIn('lists', SAFARI, '2001:db8::7');
    await link(app, phone, 'google', someone());
    const { text } = await phone.get(PAGE);
    const today = /Logged in on \d+ \w+ \d{4}/.source;
    expect(text).toMatch(
      new RegExp(
        `Safari on iOS This browser · 2001:db8::7 ${today} · with a password .*` +
          `Firefox on Linux Last active 5 minutes ago · 192\\.0\\.2\\.1 ${today} · with a password .*` +
          'Unknown browser Last active 5 minutes ago',
      ),
    );
  });

  it('names every way by which the person got in', async () => {
    const visitor = app.visitor();
    const who = someone();
    await goThrough(app.stub, visitor, 'github', who);
    expect((await visitor.get(PAGE)).text).toContain('with GitHub');
    await reauthenticate(app.stub, visitor, 'github', who, '/settings/password');
    const next = { newPassword: PASSWORD, newPasswordAgain: PASSWORD };
    await visitor.submit('/settings/password', next);
    app.advance(16 * MINUTE);
    await visitor.submit('/settings/confirm', { currentPassword: PASSWORD });
    expect((await visitor.get(PAGE)).text).toMatch(/with GitHub and a password/);
  });

  it('SE-12 holds no secret, no id of a session, and nothing of other people', async () => {
    const visitor = await app.person('discreet');
    await loggedIn('discreet', FIREFOX);
    await app.person('discreet-other');
    const { html } = await visitor.get(PAGE);
    const [, secret = 'none'] = (visitor.cookies.get('test-session') ?? '').split('.');
    const ids = [
      ...(await sessionsOf(app, 'discreet')),
      ...(await sessionsOf(app, 'discreet-other')),
    ];
    expect(ids).toHaveLength(3);
    for (const hidden of [secret, ...ids]) expect(html).not.toContain(hidden);
    expect(await handlesOn(visitor)).toHaveLength(1);
  });

  it('shows none that has ended, and says when there is no other', async () => {
    const visitor = await app.person('alone');
    await visitor.login('alone', PASSWORD, { remember: 'yes' });
    await loggedIn('alone', FIREFOX);
    expect(await handlesOn(visitor)).toHaveLength(1);
    app.advance(61 * MINUTE);
    const page = await visitor.get(PAGE);
    expect(page.text).toContain('You’re logged in nowhere else.');
    expect(page.text).not.toContain('Firefox');
    expect((await visitor.get('/settings')).text).toContain('This browser only');
  });
});

describe('ending a session', () => {
  it('SE-12 leaves it dead at its next request, and the others as they are', async () => {
    const here = await app.person('ends-one');
    const phone = await loggedIn('ends-one', SAFARI);
    const laptop = await loggedIn('ends-one', FIREFOX);
    const page = await here.get(PAGE);
    expect(page.html).toContain('aria-label="Log out Safari on iOS"');
    const token = await phone.token('/settings/profile');
    const [, handle] = await handlesOn(here);
    const done = await end(here, handle);
    expect(done.location).toBe(PAGE);
    expect((await here.get(PAGE)).text).toContain('You logged out Safari on iOS.');
    const body = { _csrf: token, username: 'ends-one', name: 'Late' };
    const late = await phone.send('POST', '/settings/profile', { body });
    expect(late.location).toBe('/login?next=%2Fsettings%2Fprofile');
    expect(await phone.whoami()).toBeNull();
    expect([await here.whoami(), await laptop.whoami()]).toEqual(['ends-one', 'ends-one']);
    expect((await app.user('ends-one'))?.['name']).toBe('The real ends-one');
    const line = app.log.find((each) => each.includes('session-ended'));
    expect(line).toMatch(/browser=Safari.*system=iOS/);
  });

  it('ends this one as a log-out, where a form names it', async () => {
    const here = await app.person('names-itself');
    const elsewhere = await loggedIn('names-itself', FIREFOX);
    const [handle] = await handlesOn(elsewhere);
    expect((await end(here, handle)).location).toBe('/login');
    expect((await here.get('/login')).text).toContain('You have logged out.');
    expect(await elsewhere.whoami()).toBe('names-itself');
  });

  it('SE-12, LK-07 is "not found" for one of another person, one that has ended, and none at all', async () => {
    const victim = await app.person('not-yours');
    await loggedIn('not-yours', FIREFOX);
    const [foreign = ''] = await handlesOn(victim);
    const [id = ''] = await sessionsOf(app, 'not-yours');
    const thief = await app.person('presses-all');
    await loggedIn('presses-all', FIREFOX);
    const [own = ''] = await handlesOn(thief);
    expect((await end(thief, own)).location).toBe(PAGE);
    const handles = [
      foreign,
      id,
      own,
      'none',
      '__proto__',
      '$ne',
      'a.b',
      '%00',
      '%2e%2e',
      'x'.repeat(4000),
    ];
    for (const handle of handles) {
      const { status } = await end(thief, handle);
      expect([handle, [400, 404].includes(status)]).toEqual([handle, true]);
    }
    const late = await end(thief, own);
    expect([late.status, late.text]).toEqual([
      404,
      expect.stringContaining('That browser is logged out already'),
    ]);
    expect(late.html).toContain(`href="${PAGE}"`);
    expect(await sessionsOf(app, 'not-yours')).toHaveLength(2);
    expect(await victim.whoami()).toBe('not-yours');
    expect(await thief.whoami()).toBe('presses-all');
  });

  it('SU-01, SE-12 needs a fresh authentication, and waits under the finger meanwhile', async () => {
    const here = await app.person('asked-first');
    const phone = await loggedIn('asked-first', SAFARI);
    app.advance(16 * MINUTE);
    const [handle] = await handlesOn(here);
    for (const step of [`${handle}/end`, 'end-others']) {
      const asked = await press(here, step);
      expect(asked.location).toBe(`/settings/confirm?next=${encodeURIComponent(PAGE)}`);
    }
    expect(await phone.whoami()).toBe('asked-first');
    const asked = await end(here, handle);
    const page = asked.location ?? '';
    expect(
      (await here.submit(page, { currentPassword: PASSWORD }, '/settings/confirm')).location,
    ).toBe(PAGE);
    expect((await here.get(PAGE)).html).toMatch(
      new RegExp(`action="${PAGE}/${handle}/end"[^]*?<button[^>]* autofocus>`),
    );
    expect((await end(here, handle)).location).toBe(PAGE);
    expect(await phone.whoami()).toBeNull();
  });

  it('SE-05 ends one that got a new id after the page was opened', async () => {
    const here = await app.person('renewed-once');
    const phone = await loggedIn('renewed-once', SAFARI);
    const [handle] = await handlesOn(here);
    app.advance(16 * MINUTE);
    await phone.submit('/settings/confirm', { currentPassword: PASSWORD });
    await here.submit('/settings/confirm', { currentPassword: PASSWORD });
    expect((await end(here, handle)).location).toBe(PAGE);
    expect(await phone.whoami()).toBeNull();
  });

  it('SE-05 ends one that gets a new id at the same moment', async () => {
    const here = await app.person('renewed-late');
    const phone = await loggedIn('renewed-late', SAFARI);
    app.advance(16 * MINUTE);
    await here.submit('/settings/confirm', { currentPassword: PASSWORD });
    const [handle] = await handlesOn(here);
    const users = app.nest.get<OvertakenUsers>(UserRepository, { strict: false });
    const renew = await phone.token('/settings/confirm');
    users.before = async () => {
      const body = { _csrf: renew, currentPassword: PASSWORD };
      expect((await phone.send('POST', '/settings/confirm', { body })).status).toBe(303);
      expect(await phone.whoami()).toBe('renewed-late');
    };
    expect((await end(here, handle)).location).toBe(PAGE);
    expect(await phone.whoami()).toBeNull();
    expect(await sessionsOf(app, 'renewed-late')).toHaveLength(1);
  });

  it('SE-05 by a session that ends meanwhile changes nothing', async () => {
    const thief = await app.person('ended-first');
    const owner = await loggedIn('ended-first', FIREFOX);
    const [handle] = await handlesOn(thief);
    const users = app.nest.get<OvertakenUsers>(UserRepository, { strict: false });
    for (const step of [`${handle}/end`, 'end-others']) {
      const attempt = thief.copy();
      const _csrf = await attempt.token(PAGE);
      users.before = () => press(owner, 'end-others');
      const answer = await attempt.send('POST', `${PAGE}/${step}`, { body: { _csrf } });
      expect([step, answer.status]).toEqual([step, 422]);
      expect([await owner.whoami(), await thief.whoami()]).toEqual(['ended-first', null]);
      await thief.login('ended-first');
    }
  });
});

it('SE-12 ending all others leaves this one alone, under a new id that no copy of it has', async () => {
  const here = await app.person('ends-others');
  const copy = here.copy();
  const others = [await loggedIn('ends-others', SAFARI), await loggedIn('ends-others', FIREFOX)];
  const bystander = await app.person('ends-nobody');
  expect((await press(here, 'end-others')).location).toBe(PAGE);
  expect((await here.get(PAGE)).text).toContain('You logged out all other browsers.');
  for (const each of [...others, copy]) expect(await each.whoami()).toBeNull();
  expect(await here.whoami()).toBe('ends-others');
  expect(await bystander.whoami()).toBe('ends-nobody');
  expect(app.log.some((line) => line.includes('other-sessions-ended'))).toBe(true);
});

it('leads on to logging out everywhere, this one included', async () => {
  const here = await app.person('ends-all');
  const there = await loggedIn('ends-all', FIREFOX);
  expect((await here.submit(PAGE, {}, '/logout/everywhere')).location).toBe('/login');
  for (const each of [here, there]) expect(await each.whoami()).toBeNull();
});

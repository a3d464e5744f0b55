import { startApp, type TestApp } from '../support/app.js';
import { type AtProvider, goThrough } from '../support/flows.js';
import { comingBy, IDENTITIES, linksOf } from '../support/identities.js';
import { recordOf } from '../support/stored-sessions.js';
import { allRoutes } from '../support/routes.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

const MINUTE = 60_000;
const EMAIL = '/settings/email';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** Shows once more who one is, on the page that leads on to another. */
const confirm = (visitor: Visitor, who: AtProvider, next: string) =>
  goThrough(app.stub, visitor, 'google', who, {
    page: `/settings/confirm?next=${encodeURIComponent(next)}`,
    step: '/confirm',
  });

/** Somebody without a password, who sends a new address long after the login. */
async function tooLate(address: string) {
  const person = await comingBy(app, 'google');
  const _csrf = await person.visitor.token(EMAIL);
  app.advance(16 * MINUTE);
  const body = { _csrf, email: address, currentPassword: 'typed by habit' };
  const answer = await person.visitor.send('POST', EMAIL, { body });
  expect(answer.location).toBe(`/settings/confirm?next=${encodeURIComponent(EMAIL)}`);
  return person;
}

const emailShown = ({ html }: { html: string }) =>
  /name="email"[^>]*?value="([^"]*)"/.exec(html)?.[1];

describe('a form that was sent without a fresh authentication', () => {
  it('SU-01 changes nothing, comes back filled, once, and is pressed again', async () => {
    const { visitor, who, username } = await tooLate('waits@example.com');
    expect(await app.user(username)).not.toHaveProperty('email');
    expect((await confirm(visitor, who, EMAIL)).location).toBe(EMAIL);
    const page = await visitor.get(EMAIL);
    expect(emailShown(page)).toBe('waits@example.com');
    expect(page.html).not.toContain('typed by habit');
    expect(emailShown(await visitor.get(EMAIL))).toBe('');
    await visitor.submit(EMAIL, { email: 'waits@example.com' });
    expect(await app.user(username)).toHaveProperty('email', 'waits@example.com');
  });

  it('leaves the session as young as its request is', async () => {
    const { visitor } = await tooLate('young@example.com');
    const session = (await recordOf(app, visitor)) as Record<string, Date>;
    const age = Number(session['lastSeenAt']) - Number(session['authenticatedAt']);
    expect(age).toBeGreaterThanOrEqual(16 * MINUTE);
  });

  it('takes the place of the one before: forty leave one', async () => {
    const { visitor } = await tooLate('first@example.com');
    const _csrf = await visitor.token('/settings');
    const send = (email: string) => visitor.send('POST', EMAIL, { body: { _csrf, email } });
    const held = () => app.db.collection('one-time').countDocuments({ purpose: 'held form' });
    const before = await held();
    for (let time = 0; time < 20; time++) await send(`again-${time}@example.com`);
    await Promise.all(Array.from({ length: 20 }, (_, time) => send(`once-${time}@example.com`)));
    expect(await held()).toBe(before);
  });

  it('LE-03 is stored sealed, and no password with it', async () => {
    await tooLate('sealed@example.com');
    const stored = JSON.stringify(await app.db.collection('one-time').find().toArray());
    expect(stored).toContain('held form');
    expect(stored).not.toMatch(/sealed@example|typed by habit/);
  });

  it('SE-04 is not another account’s that logs in at the same browser', async () => {
    const { visitor } = await tooLate('left@example.com');
    await app.person('next-here');
    await visitor.logout();
    await visitor.login('next-here', PASSWORD);
    expect(emailShown(await visitor.get(EMAIL))).toBe('next-here@example.com');
  });

  it('is gone after fifteen minutes', async () => {
    const { visitor, who } = await tooLate('slow@example.com');
    app.advance(16 * MINUTE);
    await confirm(visitor, who, EMAIL);
    expect(emailShown(await visitor.get(EMAIL))).toBe('');
  });

  it('leads back to its button when it was one button', async () => {
    const { visitor, who, username } = await comingBy(app, 'google', 'github');
    const unlink = `${IDENTITIES}/github/unlink`;
    app.advance(16 * MINUTE);
    await visitor.submit(IDENTITIES, {}, unlink);
    expect(await linksOf(app, username)).toEqual(['google', 'github']);
    await confirm(visitor, who, IDENTITIES);
    const { html } = await visitor.get(IDENTITIES);
    const focused = html.split('<form').filter((form) => form.includes('autofocus'));
    expect(focused).toHaveLength(1);
    expect(focused[0]).toContain(`action="${unlink}"`);
    await visitor.submit(IDENTITIES, {}, unlink);
    expect(await linksOf(app, username)).toEqual(['google']);
  });
});

it('SU-01 every form of the settings asks for a fresh authentication, but those that are named here', async () => {
  const { visitor } = await comingBy(app, 'google');
  const _csrf = await visitor.token('/settings/profile');
  app.advance(16 * MINUTE);
  const paths = allRoutes(app.nest)
    .filter(({ method, path }) => method === 'POST' && path.startsWith('/settings'))
    .map(({ path }) => path);
  expect(paths.length).toBeGreaterThan(4);
  const asking: string[] = [];
  for (const path of paths) {
    const body = { _csrf };
    const address = path.replace(/:\w+/, 'google');
    const { location } = await visitor.send('POST', address, { body });
    if (location?.startsWith('/settings/confirm?next=')) asking.push(path);
  }
  const others = paths.filter((path) => !asking.includes(path));
  expect(others.toSorted()).toEqual([
    '/settings/confirm',
    '/settings/confirm/code',
    '/settings/confirm/mail',
    '/settings/confirm/passkey',
    '/settings/confirm/passkey/options',
    '/settings/confirm/second-step/authenticator',
    '/settings/confirm/second-step/passkey',
    '/settings/confirm/second-step/recovery-code',
    '/settings/email/cancel',
    '/settings/email/code',
    '/settings/email/mail',
    '/settings/email/moved',
    '/settings/profile',
    '/settings/security/decline-passkey',
    '/settings/security/devices/:device/forget',
    '/settings/security/keep-factors',
    '/settings/security/passkeys/:passkey',
  ]);
});

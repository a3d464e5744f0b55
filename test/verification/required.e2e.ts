import { OPEN_TO_RESTRICTED } from '../../src/core/pages/public.decorator.js';
import { startApp, type TestApp } from '../support/app.js';
import { goThrough } from '../support/flows.js';
import { holderOf, someone } from '../support/identities.js';
import { optionsOn, softDevice } from '../support/passkeys.js';
import { allRoutes, routesMarked } from '../support/routes.js';
import { verificationMail, verificationMails } from '../support/verification-mail.js';
import { type Answer, PASSWORD, type Visitor } from '../support/visitor.js';

const MINUTE = 60_000;

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ EMAIL_VERIFICATION: 'required' });
});
afterAll(() => app.close());

const PAGE = '/settings/email';

describe('an account that waits for the verification of its address', () => {
  it('sees the page that verifies it, and goes on where it wanted to', async () => {
    const person = app.visitor();
    const answer = await person.register('waits', { next: '/settings/profile' });
    expect(answer.location).toBe('/settings/profile');
    const led = await person.get('/settings/profile');
    const page = `${PAGE}?next=%2Fsettings%2Fprofile`;
    expect(led.location).toBe(page);
    const shown = await person.get(page);
    expect(shown.text).toContain('Confirm your email address');
    expect(shown.text).toContain('We sent a mail to waits@example.com.');
    expect(shown.html).toContain('href="/development/outbox"');
    const { code } = await verificationMail(app, 'waits@example.com');
    const wrong = await person.submit(page, { code: 'BCDFGHJK' }, `${PAGE}/code`);
    expect([wrong.status, wrong.html]).toEqual([422, expect.stringContaining('action="/logout"')]);
    const verified = await person.submit(page, { code }, `${PAGE}/code`);
    expect(verified.location).toBe('/settings/profile');
    expect(await person.whoami()).toBe('waits');
  });

  it('corrects a wrong address, sends the mail again, and logs out', async () => {
    const person = await app.person('mistyped');
    const change = { email: 'well-typed@example.com', currentPassword: PASSWORD };
    expect((await person.submit(PAGE, change)).location).toBe(PAGE);
    await person.submit(PAGE, {}, `${PAGE}/mail`);
    const mails = await verificationMails(app, 'well-typed@example.com');
    expect(mails).toHaveLength(2);
    expect((await person.typeCode(mails[0]?.code ?? '')).status).toBe(422);
    expect((await person.logout()).location).toBe('/login');
    await person.login('well-typed@example.com');
    expect((await person.get('/')).location).toBe(PAGE);
    expect((await person.typeCode(mails[1]?.code ?? '')).location).toBe(PAGE);
    expect((await person.get('/')).status).toBe(200);
  });

  it('AZ-01 gets no route that is not marked for it, as HTML or as JSON, and changes nothing by it', async () => {
    const person = await app.person('walled');
    const open = routesMarked(app.nest, OPEN_TO_RESTRICTED);
    expect(open.toSorted()).toEqual([
      'GET /development/outbox',
      'GET /development/outbox/:name',
      'GET /development/outbox/:name/html',
      'GET /email/confirm',
      'GET /login',
      'GET /login/lost-factor/cancel',
      'GET /login/lost-factor/finish',
      'GET /logout',
      'GET /not-me',
      'GET /oauth/:provider/callback',
      'GET /recovery',
      'GET /recovery/new-password',
      'GET /recovery/sent',
      'GET /settings/confirm',
      'GET /settings/confirm/code',
      'GET /settings/confirm/second-step',
      'GET /settings/confirm/second-step/authenticator',
      'GET /settings/confirm/second-step/passkey',
      'GET /settings/confirm/second-step/recovery-code',
      'GET /settings/email',
      'POST /email/confirm',
      'POST /email/confirm/not-mine',
      'POST /login/lost-factor/cancel',
      'POST /login/lost-factor/finish',
      'POST /logout',
      'POST /not-me',
      'POST /oauth/:provider/confirm',
      'POST /recovery',
      'POST /recovery/new-password',
      'POST /settings/confirm',
      'POST /settings/confirm/code',
      'POST /settings/confirm/mail',
      'POST /settings/confirm/passkey',
      'POST /settings/confirm/passkey/options',
      'POST /settings/confirm/second-step/authenticator',
      'POST /settings/confirm/second-step/passkey',
      'POST /settings/confirm/second-step/recovery-code',
      'POST /settings/email',
      'POST /settings/email/cancel',
      'POST /settings/email/code',
      'POST /settings/email/mail',
      'POST /settings/email/moved',
    ]);
    const before = await app.users();
    const routes = allRoutes(app.nest);
    for (const { method, path } of routes) {
      if (open.includes(`${method} ${path}`)) continue;
      for (const accept of ['text/html', 'application/json']) {
        const _csrf = await person.token(PAGE);
        const fields = { username: 'changed', name: 'x', confirmation: 'walled', newPassword: 'y' };
        const body = { _csrf, currentPassword: PASSWORD, ...fields };
        const sent = method === 'POST' ? { body } : {};
        const answer = await person.send(method, path, { headers: { accept }, ...sent });
        const asks = accept === 'text/html' ? 303 : 401;
        expect([method, path, answer.status]).toEqual([method, path, asks]);
        if (asks === 303) expect(answer.location).toMatch(/^\/settings\/email(\?next=|$)/);
      }
    }
    expect(await app.users()).toEqual(before);
  });

  it('OA-14 is one that came by a provider without an address, until it gives one and verifies it', async () => {
    const visitor = app.visitor();
    const who = someone();
    await goThrough(app.stub, visitor, 'google', who);
    expect((await visitor.get('/')).location).toBe(PAGE);
    expect((await visitor.get(PAGE)).text).toContain('give your email address and confirm it');
    const email = 'late-address@example.com';
    expect((await visitor.submit(PAGE, { email })).location).toBe(PAGE);
    // It has no password, so the provider re-authenticates, from here too.
    app.advance(16 * MINUTE);
    const asked = await visitor.submit(PAGE, { email });
    expect(asked.location).toBe('/settings/confirm?next=%2Fsettings%2Femail');
    const back = await goThrough(app.stub, visitor, 'google', who, {
      page: '/settings/confirm?next=%2Fsettings%2Femail',
      step: '/confirm',
    });
    expect(back.location).toBe(PAGE);
    const { code } = await verificationMail(app, email);
    await visitor.typeCode(code);
    expect((await visitor.get('/')).status).toBe(200);
  });

  it('OA-14 is none that came by a provider that vouches for its address', async () => {
    const visitor = app.visitor();
    await goThrough(app.stub, visitor, 'google', holderOf('vouched@example.com'));
    expect((await visitor.get('/')).status).toBe(200);
  });
});

describe('whether an address is taken', () => {
  /** An answer without what differs by chance or by the name. */
  function hidden({ status, location, headers, html }: Answer, username: string, email: string) {
    return {
      status,
      location,
      cookies: headers.getSetCookie().map((cookie) => cookie.split('=')[0]),
      html: html
        .replaceAll(email, 'EMAIL')
        .replaceAll(username, 'NAME')
        .replace(/name="_csrf" value="[^"]*"/g, 'TOKEN'),
    };
  }

  /** What a registration and the pages after it show. */
  async function seen(username: string, email: string) {
    const visitor = app.visitor();
    const pages: Answer[] = [await visitor.register(username, { email, name: 'Same' })];
    for (const path of ['/', PAGE, PAGE]) pages.push(await visitor.get(path));
    pages.push(await visitor.typeCode('BCDF-GHJK'));
    pages.push(await visitor.submit(PAGE, {}, `${PAGE}/mail`));
    pages.push(await visitor.get(PAGE));
    const change = (visitorOf: Visitor) =>
      visitorOf.submit(PAGE, { email, currentPassword: PASSWORD });
    const other = app.visitor();
    await other.register(`${username}-too`, { name: 'Same' });
    await other.get(PAGE);
    pages.push(await change(other), await other.get(PAGE));
    return pages.map((answer) => hidden(answer, username, email));
  }

  it('EN-04, EN-05 is told by no page, and its owner gets a mail that says so', async () => {
    const owner = await app.person('has-it');
    await owner.typeCode((await verificationMail(app, 'has-it@example.com')).code);
    const before = await app.user('has-it');
    expect(await seen('seeker-1', 'HAS-IT@example.com')).toEqual(
      await seen('seeker-2', 'FREE-1@example.com'),
    );
    expect(await app.user('has-it')).toEqual(before);
    const told = (await app.mails('has-it@example.com')).slice(1);
    expect(told.map(({ subject }) => subject)).toEqual(
      Array(3).fill('You already have an account at Latchkey'),
    );
    expect(told[0]?.text).toContain('you already have an account, @has-it');
    expect(told[0]?.text).not.toContain('token=');
  });

  it('EN-04 is told by no page of a registration with a passkey, either', async () => {
    const owner = await app.person('keyless');
    await owner.typeCode((await verificationMail(app, 'keyless@example.com')).code);
    const before = await app.user('keyless');
    const [names, create] = ['/register/passkey', '/register/passkey/create'];
    const pages = async (username: string, email: string) => {
      const [visitor, own] = [app.visitor(), softDevice(app)];
      const kept = await visitor.submit(names, { username, email, name: 'Same' });
      const passkey = own.make(await optionsOn(visitor, create));
      const all = [kept, await visitor.submit(create, { passkey })];
      for (const path of ['/', PAGE]) all.push(await visitor.get(path));
      return all.map((answer) => hidden(answer, username, email));
    };
    expect(await pages('key-seeker-1', 'KEYLESS@example.com')).toEqual(
      await pages('key-seeker-2', 'free-key@example.com'),
    );
    expect(await app.user('keyless')).toEqual(before);
    const [, told] = await app.mails('keyless@example.com');
    expect(told?.subject).toBe('You already have an account at Latchkey');
  });

  it('is told by no page where five claim it', async () => {
    const email = 'crowded@example.com';
    for (let n = 0; n < 5; n++) await app.visitor().register(`crowd-${n}`, { email });
    app.advance(10 * MINUTE);
    expect(await seen('sixth', email)).toEqual(await seen('first', 'free-2@example.com'));
  });
});

it('a taken user name is told, as everywhere', async () => {
  await app.person('named');
  const answer = await app.visitor().register('named', { email: 'other@example.com' });
  expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('username is taken')]);
});

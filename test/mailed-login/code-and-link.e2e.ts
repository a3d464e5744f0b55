import { startApp, type TestApp } from '../support/app.js';
import { twoStepPerson, typeTotp } from '../support/authenticator.js';
import { askForMail, loginMails, mailedTo, typeLoginCode } from '../support/login-mail.js';
import { PASSWORD } from '../support/visitor.js';
import { recordOf } from '../support/stored-sessions.js';

const MINUTE = 60_000;
const WRONG = 'BCDF-GHJK';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ LOGIN_BY_MAIL: 'on' });
});
afterAll(() => app.close());

/** Whether nothing is kept as a session for the visitor. */
const signedOut = async (visitor: ReturnType<TestApp['visitor']>) =>
  !visitor.cookies.has('test-session') && (await visitor.whoami()) === null;

describe('a code that is mailed', () => {
  it('logs in the browser that asked, and leads on to where the person wanted to go', async () => {
    await app.owner('mailed');
    const visitor = app.visitor();
    const wish = { next: '/settings/profile', remember: 'yes' };
    const { code, text } = await mailedTo(app, visitor, 'mailed', wish);
    expect(text).toContain('Someone wants to log in as @mailed');
    expect((await visitor.get('/login/code')).text).toContain('Enter the code from the mail');
    expect(await signedOut(visitor)).toBe(true);
    const typed = code.toLowerCase().replace('-', ' – ');
    const answer = await typeLoginCode(visitor, typed);
    expect([answer.status, answer.location]).toEqual([303, '/settings/profile']);
    expect(await visitor.whoami()).toBe('mailed');
    expect(await recordOf(app, visitor)).toMatchObject({ methods: ['mail'], remember: true });
    expect((await visitor.get('/settings/sessions')).text).toContain('with a mailed code');
  });

  it('is asked for by the address, too, in any case', async () => {
    await app.owner('by-address');
    const visitor = app.visitor();
    await askForMail(visitor, 'BY-ADDRESS@Example.com');
    const [mail] = await loginMails(app, 'by-address@example.com');
    expect((await typeLoginCode(visitor, mail?.code ?? '')).location).toBe('/');
    expect(await visitor.whoami()).toBe('by-address');
  });

  it('leaves out whatever stands beside the name: a password is not read', async () => {
    await app.owner('filled-in');
    const { code } = await mailedTo(app, app.visitor(), 'filled-in', { password: 'x'.repeat(300) });
    expect(code).toHaveLength(9);
  });

  it('RC-07 is good for one of twenty who type it at once', async () => {
    await app.owner('raced');
    const visitor = app.visitor();
    const { code } = await mailedTo(app, visitor, 'raced');
    const racers = Array.from({ length: 20 }, () => visitor.copy());
    const answers = await Promise.all(racers.map((each) => typeLoginCode(each, code)));
    const isIn = await Promise.all(racers.map((each) => each.whoami()));
    expect(isIn.filter((name) => name === 'raced')).toHaveLength(1);
    expect(answers.filter(({ location }) => location === '/')).toHaveLength(1);
    expect((await typeLoginCode(visitor, code)).location).toBe('/login');
  });

  it('is worth nothing in another browser, which has none or one of its own', async () => {
    await app.owner('robbed');
    await app.owner('robber');
    const visitor = app.visitor();
    const { code } = await mailedTo(app, visitor, 'robbed');
    const stranger = app.visitor();
    expect((await typeLoginCode(stranger, code)).location).toBe('/login');
    expect((await stranger.get('/login')).text).toContain('Ask for another one.');
    await mailedTo(app, stranger, 'robber');
    expect((await typeLoginCode(stranger, code)).status).toBe(422);
    expect(await signedOut(stranger)).toBe(true);
    expect((await typeLoginCode(visitor, code)).location).toBe('/');
  });

  it('ends with a newer one of the browser, and not by a stranger who asks for others', async () => {
    await app.owner('twice');
    const visitor = app.visitor();
    const first = await mailedTo(app, visitor, 'twice');
    const second = await mailedTo(app, visitor, 'twice');
    const stranger = app.visitor();
    const theirs = await mailedTo(app, stranger, 'twice');
    for (const code of [first.code, theirs.code, WRONG]) {
      const refused = await typeLoginCode(visitor, code);
      expect([refused.status, refused.html]).toEqual([
        422,
        expect.stringContaining('id="code-error"'),
      ]);
    }
    expect((await visitor.get(first.link)).text).toContain('Enter the code instead');
    expect((await typeLoginCode(visitor, second.code)).location).toBe('/');
  });

  it('ends after ten minutes', async () => {
    await app.owner('late');
    const visitor = app.visitor();
    const { code, link } = await mailedTo(app, visitor, 'late');
    app.advance(10 * MINUTE);
    expect((await visitor.send('POST', link)).status).toBe(410);
    expect((await typeLoginCode(visitor, code)).location).toBe('/login');
    expect((await visitor.get('/login/code')).location).toBe('/login');
    expect(await signedOut(visitor)).toBe(true);
  });

  it('RS-03 has a link of which sixty guesses from one network are looked at', async () => {
    await app.owner('link-guessed');
    const visitor = app.visitor();
    const { link } = await mailedTo(app, visitor, 'link-guessed');
    const statuses: number[] = [];
    for (let n = 0; n < 70; n++) {
      const guess = link.replace(/.{3}$/, String(100 + n));
      statuses.push((await visitor.send('POST', guess)).status);
    }
    expect(statuses).toEqual([...Array<number>(60).fill(410), ...Array<number>(10).fill(429)]);
    expect((await visitor.send('POST', link)).status).toBe(429);
    expect(await signedOut(visitor)).toBe(true);
  });

  it('LK-09 ends with the account, and opens none that has its name and address next', async () => {
    const owner = await app.owner('deleting');
    const visitor = app.visitor();
    const { code, link } = await mailedTo(app, visitor, 'deleting');
    expect((await owner.deleteAccount()).location).toBe('/');
    await app.owner('deleting');
    expect((await visitor.copy().send('POST', link)).status).toBe(410);
    expect((await typeLoginCode(visitor, code)).location).toBe('/login');
    expect(await signedOut(visitor)).toBe(true);
  });

  it('SE-07 ends with the password and with the address that it was mailed for', async () => {
    const owner = await app.owner('changing');
    const visitor = app.visitor();
    const before = await mailedTo(app, visitor, 'changing');
    const NEW = 'four quiet harbours';
    const change = { currentPassword: PASSWORD, newPassword: NEW, newPasswordAgain: NEW };
    expect((await owner.submit('/settings/password', change)).status).toBe(303);
    expect((await typeLoginCode(visitor, before.code)).location).toBe('/login');
    const { code } = await mailedTo(app, visitor, 'changing');
    await app.db
      .collection('users')
      .updateOne({ username: 'changing' }, { $set: { emailVerifiedAt: new Date(0) } });
    expect((await typeLoginCode(visitor, code)).location).toBe('/login');
    expect((await visitor.get('/login')).text).toContain('That code no longer works.');
    expect(await signedOut(visitor)).toBe(true);
  });

  it('LE-03 stands in no log, and in no record that waits', async () => {
    await app.owner('secret');
    const visitor = app.visitor();
    const { code, link } = await mailedTo(app, visitor, 'secret');
    await visitor.get(link);
    const token = link.split('=').at(-1) ?? '';
    expect(token).toHaveLength(32);
    const stored = JSON.stringify([
      await app.db.collection('one-time').find().toArray(),
      await app.db.collection('throttle').find().toArray(),
    ]);
    for (const hidden of [code, code.replace('-', ''), token]) {
      expect(app.log.join('')).not.toContain(hidden);
      expect(stored).not.toContain(hidden);
    }
  });
});

describe('the link of the mail', () => {
  it('RS-05 opens a page that spends nothing, with one button in the browser that asked', async () => {
    await app.owner('linking');
    const visitor = app.visitor();
    const { link } = await mailedTo(app, visitor, 'linking', { next: '/settings/email' });
    for (const method of ['HEAD', 'GET', 'HEAD', 'GET']) {
      expect((await app.visitor().send(method, link)).status).toBe(200);
      expect((await visitor.send(method, link)).status).toBe(200);
    }
    const page = await visitor.get(link);
    expect(page.headers.get('referrer-policy')).toBe('strict-origin');
    expect(page.text).toContain('Log in now?');
    expect(await signedOut(visitor)).toBe(true);
    expect((await visitor.send('POST', link)).location).toBe('/settings/email');
    expect(await visitor.whoami()).toBe('linking');
    expect((await visitor.send('POST', link)).status).toBe(410);
  });

  it('says in any other browser to type the code where it was asked for, and signs nobody in there', async () => {
    await app.owner('reading');
    const visitor = app.visitor();
    const { link, code } = await mailedTo(app, visitor, 'reading');
    const reader = app.visitor();
    const page = await reader.get(link);
    expect(page.text).toContain('opens only in the browser where you asked');
    expect(page.html).not.toContain(code);
    expect(page.html).not.toContain('reading');
    expect((await reader.send('POST', link)).status).toBe(410);
    expect(await signedOut(reader)).toBe(true);
    expect((await typeLoginCode(visitor, code)).location).toBe('/');
  });

  it('RC-07 is good for one of twenty presses at once, and then its code is spent as well', async () => {
    await app.owner('pressing');
    const visitor = app.visitor();
    const { link, code } = await mailedTo(app, visitor, 'pressing');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => visitor.copy().send('POST', link)),
    );
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect((await typeLoginCode(visitor, code)).location).toBe('/login');
  });

  it('is refused when it was mangled', async () => {
    await app.owner('mangled');
    const visitor = app.visitor();
    const { link } = await mailedTo(app, visitor, 'mangled');
    for (const bad of [link.slice(0, -1), `${link}x`, '/login/link', '/login/link?token=']) {
      expect([bad, (await visitor.send('POST', bad)).status]).toEqual([bad, 410]);
    }
    expect((await visitor.send('POST', link)).status).toBe(303);
  });
});

it('OA-14, MF-03 a mail leads to the second step, which it does not replace', async () => {
  const { app: authenticator } = await twoStepPerson(app, 'two-steps');
  await app.verify('two-steps');
  for (const way of ['code', 'link']) {
    const visitor = app.visitor();
    const { code, link } = await mailedTo(app, visitor, 'two-steps', { next: '/settings/email' });
    const answer =
      way === 'code' ? await typeLoginCode(visitor, code) : await visitor.send('POST', link);
    expect(answer.location).toBe('/login/second-step');
    expect(await signedOut(visitor)).toBe(true);
    app.advance(MINUTE);
    expect((await typeTotp(visitor, authenticator.code())).location).toBe('/settings/email');
    expect(await visitor.whoami()).toBe('two-steps');
  }
});

it('ends the session of whoever used the browser before', async () => {
  await app.owner('arriving');
  const before = await app.person('leaving');
  const { link } = await mailedTo(app, before, 'arriving').catch(() => ({ link: '' }));
  // Signed in, the login page leads on: the form is sent by whoever had it open.
  expect(link).not.toBe('');
  const left = before.copy();
  expect((await before.send('POST', link)).location).toBe('/');
  expect(await before.whoami()).toBe('arriving');
  expect(await left.whoami()).toBeNull();
});

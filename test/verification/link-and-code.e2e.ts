import { startApp, type TestApp } from '../support/app.js';
import { verificationMail, verificationMails } from '../support/verification-mail.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

const DAY = 24 * 60 * 60_000;
const MINUTE = 60_000;
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const isVerified = async (username: string) =>
  (await app.user(username))?.['emailVerifiedAt'] instanceof Date;
const mine = (visitor: Visitor, link: string) => visitor.send('POST', link);
const notMine = (visitor: Visitor, link: string) =>
  visitor.send('POST', link.replace('?', '/not-mine?'));
const sendAgain = (visitor: Visitor) =>
  visitor.submit('/settings/email', {}, '/settings/email/mail');

/** Somebody new, and the mail that they got. */
async function registered(username: string) {
  const person = await app.person(username);
  return {
    person,
    email: `${username}@example.com`,
    mail: await verificationMail(app, `${username}@example.com`),
  };
}

describe('the mail after a registration', () => {
  it('RS-08 has a link whose button verifies the address and signs nobody in', async () => {
    const { mail } = await registered('linked');
    const reader = app.visitor();
    const page = await reader.get(mail.link);
    expect(page.headers.get('referrer-policy')).toBe('strict-origin');
    expect(page.text).toContain('Yes, @linked is mine');
    expect(page.text).toContain('Not mine: take my address off it');
    expect(await isVerified('linked')).toBe(false);
    const answer = await mine(reader, mail.link);
    expect(answer.location).toBe('/login');
    expect((await reader.get('/login')).text).toContain('You confirmed your email address.');
    expect(await isVerified('linked')).toBe(true);
    expect(await reader.whoami()).toBeNull();
  });

  it('names when and with which browser it was asked for, and no name that is none', async () => {
    const words = async (username: string, agent: string) => {
      const visitor = app.visitor();
      const fields = { username, email: `${username}@example.com`, password: PASSWORD };
      await visitor.send('POST', '/register', {
        body: { ...fields, name: '', passwordAgain: PASSWORD },
        headers: { 'user-agent': agent, 'sec-fetch-site': 'same-origin' },
      });
      const { link } = await verificationMail(app, `${username}@example.com`);
      return (await app.visitor().get(link)).text;
    };
    expect(await words('foxy', FIREFOX)).toMatch(
      /Mail asked for \d+ \w+ \d{4}, with Firefox on Linux/,
    );
    const odd = await words('odd', 'You won visit-evil.example/1.0 now');
    expect(odd).not.toContain('evil');
    expect(odd).toMatch(/Mail asked for \d+ \w+ \d{4} /);
  });

  it('leaves the address in its own form when the code is wrong', async () => {
    const { person, email } = await registered('mistypes');
    const { html } = await person.typeCode('BCDFGHJK');
    expect(html).toMatch(/name="code"[^>]* value="BCDFGHJK"/);
    expect(html).toMatch(new RegExp(`name="email"[^>]* value="${email}"`));
  });

  it('has a code that the person signed in types, in any letters, with dashes and spaces', async () => {
    const { person, mail } = await registered('typed');
    expect((await person.get('/settings/email')).text).toContain(
      'You haven’t confirmed typed@example.com',
    );
    const typed = mail.code.toLowerCase().replace('-', ' – ');
    expect((await person.typeCode(typed)).location).toBe('/settings/email');
    const page = await person.get('/settings/email');
    expect(page.text).toContain('You confirmed your email address.');
    expect(page.text).toMatch(/Confirmed \d+ \w+ \d{4}/);
    expect((await person.get('/settings')).text).toContain('typed@example.com, confirmed');
    expect(page.html).not.toContain('name="code"');
  });

  it('is told on the next page, which leads to it in development', async () => {
    const person = await app.person('told');
    const page = await person.get('/');
    expect(page.text).toContain('We sent a mail to told@example.com.');
    expect(page.html).toContain('href="/development/outbox"');
  });

  it('RS-05 spends nothing where a program opens the link, by GET or HEAD, any number of times', async () => {
    const { mail } = await registered('scanned');
    for (const method of ['GET', 'HEAD', 'GET']) {
      expect((await app.visitor().send(method, mail.link)).status).toBe(200);
    }
    expect(await isVerified('scanned')).toBe(false);
    expect((await mine(app.visitor(), mail.link)).location).toBe('/login');
  });

  it('LE-01 has a token that no log and no database tells', async () => {
    const { mail } = await registered('quiet');
    await app.visitor().get(mail.link);
    await mine(app.visitor(), mail.link);
    const token = mail.link.split('.').at(-1) ?? '';
    expect(token).toHaveLength(32);
    await registered('sealed');
    const kept = await verificationMail(app, 'sealed@example.com');
    const stored = JSON.stringify(await app.db.collection('one-time').find().toArray());
    for (const secret of [token, kept.link.split('.').at(-1) ?? '', mail.code, kept.code]) {
      expect(app.log.join('')).not.toContain(secret);
      expect(stored).not.toContain(secret);
    }
  });
});

describe('"Not mine"', () => {
  it('takes the address off the account, which is told and can’t get it back by that mail', async () => {
    const { person, mail } = await registered('stranger');
    const victim = app.visitor();
    expect((await notMine(victim, mail.link)).location).toBe('/');
    expect((await victim.get('/')).text).toContain('took your address off the account @stranger');
    expect(await app.user('stranger')).not.toHaveProperty('email');
    expect((await person.get('/')).text).toContain('We removed your email address');
    expect((await person.typeCode(mail.code)).status).toBe(422);
    expect((await mine(victim, mail.link)).status).toBe(410);
    expect(await app.user('stranger')).not.toHaveProperty('email');
  });
});

describe('a link or code that is no good', () => {
  it('RS-02, RS-03 is one calm page for a spent, old, replaced, mangled and foreign one', async () => {
    const spent = await registered('spent');
    await mine(app.visitor(), spent.mail.link);
    const replaced = await registered('replaced');
    await sendAgain(replaced.person);
    const changed = await registered('changed');
    const password = { currentPassword: PASSWORD };
    await changed.person.submit('/settings/email', { email: 'else@example.com', ...password });
    const old = await registered('old');
    const whole = old.mail.link;
    app.advance(DAY);
    const links = [
      spent.mail.link,
      replaced.mail.link,
      changed.mail.link,
      whole,
      whole.slice(0, -1),
      `${whole}x`,
      `${whole}.x`,
      '/email/confirm',
      '/email/confirm?token=',
      '/email/confirm?token=.',
      '/email/confirm?token=%00',
      '/email/confirm?token=nobody.nothing',
    ];
    const pages = new Set<string>();
    for (const link of links) {
      const page = await app.visitor().get(link);
      expect([link, page.status]).toEqual([link, 410]);
      expect(page.html).toContain('href="/settings/email"');
      pages.add(page.text);
      expect((await mine(app.visitor(), link)).status).toBe(410);
      expect((await notMine(app.visitor(), link.includes('?') ? link : `${link}?`)).status).toBe(
        410,
      );
    }
    expect(pages.size).toBe(1);
    expect(await app.user('old')).toHaveProperty('email', 'old@example.com');
    expect(await isVerified('changed')).toBe(false);
  });

  it('RS-03 is looked at sixty times from one network, and right ones are not counted', async () => {
    const { mail } = await registered('link-guessed');
    const guesser = app.visitor();
    const { mail: own } = await registered('link-own');
    expect((await mine(guesser, own.link)).location).toBe('/login');
    const statuses: number[] = [];
    for (let n = 0; n < 70; n++) {
      const guess = mail.link.replace(/.{3}$/, String(100 + n));
      const press = n % 2 ? mine : notMine;
      statuses.push((await press(guesser, guess)).status);
    }
    expect(statuses).toEqual([...Array<number>(60).fill(410), ...Array<number>(10).fill(429)]);
    expect((await mine(guesser, mail.link)).status).toBe(429);
    expect(await isVerified('link-guessed')).toBe(false);
    expect((await mine(app.visitor(), mail.link)).location).toBe('/login');
  });

  it('LK-07 is a code of another account, of an older mail, or an old one', async () => {
    const one = await registered('code-one');
    const other = await registered('code-other');
    expect((await one.person.typeCode(other.mail.code)).status).toBe(422);
    await sendAgain(one.person);
    const refused = await one.person.typeCode(one.mail.code);
    expect([refused.status, refused.text]).toEqual([
      422,
      expect.stringContaining('This isn’t the code'),
    ]);
    const newest = await verificationMail(app, one.email);
    app.advance(DAY);
    await one.person.login('code-one');
    expect((await one.person.typeCode(newest.code)).status).toBe(422);
    expect(await isVerified('code-one')).toBe(false);
  });

  it('LK-07 is asked for again for one’s own account alone, whatever the form names', async () => {
    const victim = await registered('resend-victim');
    const { person, email } = await registered('resend-thief');
    const { _id } = (await app.user('resend-victim')) ?? {};
    const form = { email: victim.email, username: 'resend-victim', id: String(_id), user: 'x' };
    const answer = await person.submit('/settings/email', form, '/settings/email/mail');
    expect(answer.location).toBe('/settings/email');
    expect(await verificationMails(app, victim.email)).toHaveLength(1);
    expect(await verificationMails(app, email)).toHaveLength(2);
    expect((await mine(app.visitor(), victim.mail.link)).location).toBe('/login');
  });

  it('RC-07 is spent by one of twenty presses, and of twenty typed codes, at once', async () => {
    const { mail } = await registered('pressed');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => mine(app.visitor(), mail.link)),
    );
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(await isVerified('pressed')).toBe(true);

    const { person, mail: typed } = await registered('typed-often');
    const body = { _csrf: await person.token('/settings/email'), code: typed.code };
    const codes = await Promise.all(
      Array.from({ length: 20 }, () =>
        person.copy().send('POST', '/settings/email/code', { body }),
      ),
    );
    // Whoever comes late finds the session under its next id.
    expect(codes.filter(({ location }) => location === '/settings/email')).toHaveLength(1);
    expect(await isVerified('typed-often')).toBe(true);
  });

  it('BF-09 is guessed ten times for an account, then no code is looked at, the right one neither', async () => {
    const { person, mail } = await registered('guessed');
    const statuses: number[] = [];
    for (let n = 0; n < 11; n++) statuses.push((await person.typeCode(`BCDF-GHJ${n}`)).status);
    expect(statuses).toEqual([...Array(10).fill(422), 429]);
    expect((await person.typeCode(mail.code)).status).toBe(429);
    app.advance(10 * MINUTE);
    expect((await person.typeCode(mail.code)).status).toBe(303);
  });

  it('BF-09 is guessed sixty times from one network, whatever the accounts', async () => {
    const statuses: number[] = [];
    for (let account = 0; account < 7; account++) {
      const person = app.visitor('203.0.113.77');
      await person.register(`network-${account}`);
      for (let n = 0; n < 9; n++) statuses.push((await person.typeCode('BCDFGHJK')).status);
    }
    expect(statuses).toEqual([...Array(60).fill(422), ...Array(3).fill(429)]);
  });
});

describe('an address that another account has verified', () => {
  it('LK-10 is never moved, and a link of before is no good', async () => {
    const email = 'moved@example.com';
    const first = await registered('moved');
    const second = app.visitor();
    await second.register('moved-too', { email });
    const mail = await verificationMail(app, email);
    await mine(app.visitor(), mail.link);
    expect(await isVerified('moved-too')).toBe(true);
    expect((await mine(app.visitor(), first.mail.link)).status).toBe(410);
    expect(await app.user('moved')).not.toHaveProperty('email');
    expect((await app.visitor().register('third', { email })).status).toBe(422);
  });
});

describe('another address in the settings', () => {
  it('is not verified by a mail to another spelling, though a limit kept its own mail back', async () => {
    const { person, email } = await registered('spells');
    for (let n = 0; n < 4; n++) await sendAgain(person);
    const change = { email: 'SPELLS@example.com', currentPassword: PASSWORD };
    expect((await person.submit('/settings/email', change)).location).toBe('/settings/email');
    expect((await person.get('/settings/email')).text).toContain('couldn’t send you a mail yet');
    const { code, link } = await verificationMail(app, email);
    expect((await person.typeCode(code)).status).toBe(422);
    expect((await mine(app.visitor(), link)).status).toBe(410);
    expect(await isVerified('spells')).toBe(false);
  });

  it('is mailed, and verified on its own', async () => {
    const { person, mail } = await registered('changes');
    await person.typeCode(mail.code);
    const change = { email: 'changes-to@example.com', currentPassword: PASSWORD };
    expect((await person.submit('/settings/email', change)).location).toBe('/settings/email');
    expect((await person.get('/settings/email')).text).toContain('We sent a mail to changes-to@');
    expect(await app.user('changes')).toHaveProperty('email', 'changes@example.com');
    const { code } = await verificationMail(app, 'changes-to@example.com');
    expect((await person.typeCode(code)).location).toBe('/settings/email');
    expect(await app.user('changes')).toHaveProperty('email', 'changes-to@example.com');
    expect(await isVerified('changes')).toBe(true);
  });
});

it('BF-12 an address gets five mails in ten minutes, and the registration after them is told when to ask', async () => {
  const email = 'flooded@example.com';
  const person = app.visitor();
  await person.register('flooded', { email });
  for (let n = 0; n < 4; n++) await sendAgain(person);
  expect(await verificationMails(app, email)).toHaveLength(5);
  const late = app.visitor();
  expect((await late.register('flooded-too', { email })).location).toBe('/');
  expect((await late.get('/')).text).toMatch(/Ask for it in your email settings in \d+ minutes/);
  expect(await verificationMails(app, email)).toHaveLength(5);
  app.advance(10 * MINUTE);
  await sendAgain(late);
  expect(await verificationMails(app, email)).toHaveLength(6);
});

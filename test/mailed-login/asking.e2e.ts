import { MailQueue } from '../../src/core/mail/mail-queue.js';
import { NOBODY } from '../../src/core/mail/mail.schema.js';
import { startApp, type TestApp } from '../support/app.js';
import { goThrough } from '../support/flows.js';
import { someone } from '../support/identities.js';
import { askForMail, loginMails, mailedTo, typeLoginCode } from '../support/login-mail.js';
import type { Answer } from '../support/visitor.js';

const WRONG = 'BCDF-GHJK';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ LOGIN_BY_MAIL: 'on' });
});
afterAll(() => app.close());

/** An answer without what differs by chance or by the name. */
function masked({ status, location, headers, html }: Answer, name: string) {
  const cookies = headers
    .getSetCookie()
    .map((cookie) => cookie.replace(/=[^;]*|(?<=Expires=)[^;]*/g, 'VALUE'));
  return { status, location, cookies, html: html.replaceAll(name, 'NAME') };
}

describe('whether an account exists', () => {
  it('EN-01, EN-03 is told by no answer: known, unknown, unverified, by a provider, by another spelling', async () => {
    await app.owner('known');
    await app.person('unverified');
    await goThrough(app.stub, app.visitor(), 'google', {
      ...someone(),
      email: 'by-google@example.com',
    });
    const seen: object[][] = [];
    const names = ['known', 'KNOWN@example.com', 'unverified', 'unverified@example.com'];
    for (const name of [...names, 'by-google@example.com', 'absent', 'absent@example.com']) {
      const visitor = app.visitor();
      const answers = [
        await askForMail(visitor, name, { next: '/settings/profile' }),
        await visitor.get('/login/code'),
        await typeLoginCode(visitor, WRONG),
        await visitor.send('POST', '/login/link?token=none'),
      ];
      seen.push(answers.map((answer) => masked(answer, name)));
    }
    expect(seen).toEqual(seen.map(() => seen[0]));
    expect(await loginMails(app, 'known@example.com')).toHaveLength(2);
    for (const nobody of ['unverified', 'absent', 'KNOWN']) {
      expect(await loginMails(app, `${nobody}@example.com`)).toEqual([]);
    }
  });

  it('EN-03 is told by no write either', async () => {
    await app.owner('written');
    await app.person('unwritten');
    const kept: string[] = [];
    const queue = app.nest.get(MailQueue);
    const usual = queue.add.bind(queue);
    queue.add = async (mail) => {
      kept.push(`${mail.kind} to ${mail.to}`);
      await usual(mail);
    };
    const added = [];
    const counts = async () => ({
      records: await app.db.collection('one-time').countDocuments(),
      counters: await app.db.collection('throttle').countDocuments(),
    });
    for (const name of ['written', 'unwritten', 'not-there']) {
      const before = await counts();
      await askForMail(app.visitor(), name);
      const { records, counters } = await counts();
      added.push([records - before.records, counters - before.counters]);
    }
    queue.add = usual;
    // The counters of the name as typed, of the address behind it, and of the network; three of each.
    expect(added).toEqual(added.map(() => [1, 9]));
    expect(kept).toEqual([
      'login-code to written@example.com',
      ...Array(2).fill(`login-code to ${NOBODY}`),
    ]);
  });

  it('EN-01 is told by no block', async () => {
    await app.owner('blocked');
    for (const name of ['blocked', 'missing']) {
      const visitor = app.visitor();
      await askForMail(visitor, name);
      const statuses = [];
      for (let guess = 0; guess < 12; guess++) {
        statuses.push((await typeLoginCode(visitor, WRONG)).status);
      }
      expect(statuses).toEqual([...Array(10).fill(422), 429, 429]);
    }
  });
});

describe('limits', () => {
  it('BF-12 let five mails to one account go out, by whatever name; the browser that asks sees no difference', async () => {
    await app.owner('flooded');
    for (let n = 0; n < 5; n++) {
      expect((await askForMail(app.visitor(), 'flooded')).status).toBe(303);
    }
    const sixth = app.visitor();
    expect((await askForMail(sixth, 'flooded@example.com')).location).toBe('/login/code');
    expect(await loginMails(app, 'flooded@example.com')).toHaveLength(5);
    expect((await typeLoginCode(sixth, WRONG)).status).toBe(422);
    const refused = await askForMail(app.visitor(), 'flooded');
    expect([refused.status, refused.html]).toEqual([
      429,
      expect.stringContaining('value="flooded"'),
    ]);
    // Recovery sends to the same mailbox: the two are counted together.
    expect((await app.visitor().submit('/recovery', { identifier: 'flooded' })).status).toBe(429);
  });

  it('BF-04 shut nobody out for the guesses of a stranger, whose own mail they end', async () => {
    await app.owner('aimed-at');
    const owner = app.visitor();
    const { code } = await mailedTo(app, owner, 'aimed-at');
    const stranger = app.visitor();
    const theirs = await mailedTo(app, stranger, 'aimed-at');
    for (let guess = 0; guess < 10; guess++) await typeLoginCode(stranger, WRONG);
    expect((await typeLoginCode(stranger, theirs.code)).status).toBe(429);
    expect((await typeLoginCode(owner, code)).location).toBe('/');
  });

  it('count guesses of one network, whichever browsers it has', async () => {
    const statuses = [];
    for (let browser = 0; browser < 7; browser++) {
      const visitor = app.visitor('198.60.0.1');
      await askForMail(visitor, `guessed-${browser}`);
      for (let guess = 0; guess < 9; guess++) {
        statuses.push((await typeLoginCode(visitor, WRONG)).status);
      }
    }
    expect(statuses).toEqual([...Array(60).fill(422), ...Array(3).fill(429)]);
  });

  it('tell of wrong codes in the activity and in the log, by their reason', async () => {
    const owner = await app.owner('watched');
    const visitor = app.visitor();
    await mailedTo(app, visitor, 'watched');
    await typeLoginCode(visitor, WRONG);
    const page = await owner.get('/settings/activity');
    expect(page.text).toContain('Someone asked for a mail to log in');
    expect(app.log.join('')).toMatch(/login-failed.*method=mail.*reason=wrong-code/);
  });
});

describe('the form', () => {
  it('asks for a name, and comes back with what was typed', async () => {
    const answer = await askForMail(app.visitor(), ' ', { next: '/settings', remember: 'yes' });
    expect([answer.status, answer.text]).toEqual([
      422,
      expect.stringContaining('Enter your email address or username.'),
    ]);
    expect(answer.html).toContain('name="next" value="/settings"');
  });

  it('IN-12 leads to no other site', async () => {
    await app.owner('led-on');
    const visitor = app.visitor();
    const { code } = await mailedTo(app, visitor, 'led-on', { next: '//evil.example' });
    expect((await typeLoginCode(visitor, code)).location).toBe('/');
  });

  it('leads whoever has no mail to wait for to the login page, without a cookie', async () => {
    const { location, headers } = await app.visitor().get('/login/code');
    expect([location, headers.getSetCookie()]).toEqual(['/login', []]);
  });
});

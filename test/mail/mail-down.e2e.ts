import { MINUTE } from '../../src/core/clock.js';
import { MailWorker } from '../../src/core/mail/mail-worker.js';
import { recipientsOf, startApp, type TestApp } from '../support/app.js';
import { type Behaviour, type MailServer, startMailServer } from '../support/mail-server.js';
import type { Answer, Visitor } from '../support/visitor.js';
import { until } from '../support/wait-until.js';

const UNREACHABLE = 'We couldn’t reach';
const ROUNDS = 7;

let server: MailServer;
let app: TestApp;
beforeAll(async () => {
  server = await startMailServer();
  app = await startApp({ MAIL_URL: server.url });
});
beforeEach(() => {
  server.behaviour = null;
});
afterAll(async () => {
  await app.close();
  await server.close();
});

const waiting = (to: string, of = app) => of.db.collection('mails').countDocuments({ to });
const look = () => app.nest.get(MailWorker).wake();
const sentTo = (to: string) => server.mails.filter((mail) => recipientsOf(mail).includes(to));

/** Waits until each mail to an address was refused at least once. */
const tried = (to: string) =>
  until(async () => {
    const isUnderWay = { $or: [{ attempts: 0 }, { lease: { $ne: null } }] };
    return (await app.db.collection('mails').countDocuments({ to, ...isUnderWay })) === 0;
  });

let people = 0;
// Letters alone, so that the initials on the pages are the same.
const newName = () => `person${String.fromCharCode(97 + people / 26, 97 + (people++ % 26))}`;

/** What a person sees of a form's answer and of the page that it leads to, but for their own name. */
async function seen(visitor: Visitor, answer: Answer, name: string): Promise<string> {
  const page = await visitor.get(answer.location ?? '');
  const shown = page.text.replaceAll(name, 'NAME');
  return `${answer.status} ${answer.location} ${page.status} ${shown}`;
}

/** A registration, and a recovery of the new account and of one that is not there. */
async function asPeopleDo(of = app): Promise<{ pages: string[]; times: number[]; email: string }> {
  const name = newName();
  const visitor = of.visitor();
  const forgot = (identifier: string) => of.visitor().submit('/recovery', { identifier });
  const forms = [
    () => visitor.register(name),
    () => forgot(name),
    () => forgot(`${name}@example.com`),
    () => forgot(`nobody-${name}@example.com`),
  ];
  const pages: string[] = [];
  const times: number[] = [];
  for (const form of forms) {
    const start = performance.now();
    const answer = await form();
    times.push(performance.now() - start);
    pages.push(await seen(visitor, answer, name));
  }
  return { pages, times, email: `${name}@example.com` };
}

const median = (times: readonly number[]) =>
  times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? NaN;

/**
 * People do the same by turns while mail goes out and while it does not.
 *
 * @param elsewhere the application that has no mail server to speak of
 */
async function compared(down: Behaviour, elsewhere = app) {
  const up: number[][] = [];
  const meanwhile: number[][] = [];
  const emails: string[] = [];
  const begin = elsewhere.log.length;
  for (let round = 0; round < ROUNDS; round++) {
    server.behaviour = null;
    const usual = await asPeopleDo();
    server.behaviour = down;
    const then = await asPeopleDo(elsewhere);
    expect(then.pages).toEqual(usual.pages);
    up.push(usual.times);
    meanwhile.push(then.times);
    emails.push(then.email);
    if (elsewhere === app) await tried(then.email);
  }
  for (const form of [0, 1, 2, 3]) {
    const [one, other] = [up, meanwhile].map((rounds) =>
      median(rounds.map((times) => times[form] ?? NaN)),
    );
    // Of the same order; a request that waited for the server would take a thousand times as long.
    expect(other).toBeLessThan(10 * (one ?? NaN));
  }
  expect(elsewhere.log.slice(begin).filter((line) => /status=5\d\d/.test(line))).toEqual([]);
  return emails;
}

it('FA-04, EN-03 a server that refuses for now changes no page and no time, and the mails go out later', async () => {
  const emails = await compared(451);
  const last = emails.at(-1) ?? '';
  expect(await waiting(last)).toBeGreaterThan(0);
  server.behaviour = null;
  app.advance(5 * MINUTE);
  look();
  await until(async () => (await app.db.collection('mails').countDocuments()) === 0);
  for (const email of emails) {
    const subjects = sentTo(email).map(({ subject }) => subject);
    expect(subjects).toEqual(expect.arrayContaining([expect.stringContaining('onfirm')]));
    // One that verifies, and two to set a new password.
    expect(subjects).toHaveLength(3);
  }
});

it('FA-04, EN-03 a server that refuses the address changes no page and no time', async () => {
  const emails = await compared(550);
  await until(async () => (await waiting(emails.at(-1) ?? '')) === 0);
  for (const email of emails) expect(sentTo(email)).toEqual([]);
});

it('FA-04 an address that was refused is told to its person alone, not to who claims it or looks', async () => {
  server.behaviour = 550;
  const first = await app.person('mistyped');
  const email = 'mistyped@example.com';
  const told = async (visitor: Visitor) =>
    (await visitor.get('/settings/email')).text.includes(UNREACHABLE);
  await until(() => told(first));
  server.behaviour = null;

  const claimant = app.visitor();
  await claimant.register('claims-it-too', { email });
  const mover = await app.person('moves-to-it');
  await mover.submit('/settings/email', { email });
  const owner = await app.owner('asks-for-it');
  await owner.submit('/settings/email', { email });
  const stranger = app.visitor();
  const asked = await stranger.submit('/recovery', { identifier: email });
  const looking = [
    (await stranger.get(asked.location ?? '')).text,
    (await app.visitor().get(`/recovery?identifier=${encodeURIComponent(email)}`)).text,
    (await app.visitor().login(email, 'not the password')).text,
    (await app.visitor().register('mistyped', { email })).text,
  ];
  expect(looking.filter((text) => text.includes(UNREACHABLE))).toEqual([]);
  await until(async () => sentTo(email).length >= 4);
  expect(await Promise.all([claimant, mover, owner].map(told))).toEqual([false, false, false]);
  expect(await told(first)).toBe(true);
});

it.each(['hangs', 'is gone'])(
  'FA-04, EN-03 a server that %s changes no page and no time, and the mails wait',
  async (how) => {
    const other = await startMailServer();
    other.behaviour = 'hangs';
    // Given up after a minute: whoever waited for it would be noticed.
    const without = await startApp({ MAIL_URL: other.url.replace('=1000', '=60000') });
    if (how === 'is gone') await other.close();
    const emails = await compared(null, without);
    for (const email of emails) expect(await waiting(email, without)).toBe(3);
    await without.close();
    if (how === 'hangs') await other.close();
  },
);

import { DAY, HOUR, MINUTE } from '../../src/core/clock.js';
import { Events } from '../../src/core/events.js';
import { MailRefused } from '../../src/core/mail/mail.events.js';
import { LEASE, MailQueue } from '../../src/core/mail/mail-queue.js';
import { MailWorker } from '../../src/core/mail/mail-worker.js';
import { Mails } from '../../src/core/mail/mails.js';
import { recipientsOf, startApp, type TestApp } from '../support/app.js';
import { freshDatabase } from '../support/database-address.js';
import { type MailServer, startMailServer } from '../support/mail-server.js';
import { until } from '../support/wait-until.js';

let server: MailServer;
let app: TestApp;
beforeAll(async () => {
  server = await startMailServer();
  app = await startApp({ MAIL_URL: server.url, MAIL_FROM: 'Latchkey <post@example.org>' });
});
beforeEach(async () => {
  server.behaviour = null;
  server.mails.length = 0;
  await stored(app).deleteMany({});
});
afterAll(async () => {
  await app.close();
  await server.close();
});

interface Stored {
  readonly attempts: number;
  readonly lease: string | null;
}

const stored = ({ db }: TestApp) => db.collection<Stored>('mails');
const none = (of = app) => until(async () => (await stored(of).countDocuments()) === 0);
const failed = (attempts: number) =>
  until(async () => (await stored(app).findOne({ attempts, lease: null })) !== null);

/** Lets the worker look for what is due, as it does each few seconds. */
const look = () => app.nest.get(MailWorker).wake();

const send = (to: string, of = app) => of.nest.get(Mails).send({ kind: 'test', to });

it('hands a mail over in both forms, and keeps nothing of it', async () => {
  await send('ada@example.com');
  await none();
  const [mail] = server.mails;
  expect(mail?.subject).toBe('Test mail from Latchkey');
  expect(mail?.from?.value).toEqual([{ name: 'Latchkey', address: 'post@example.org' }]);
  expect(mail && recipientsOf(mail)).toEqual(['ada@example.com']);
  expect(mail?.messageId).toMatch(/^<[\w-]{36}@example\.org>$/);
  expect(mail?.headers.get('auto-submitted')).toBe('auto-generated');
  // The whole link on one line of its own.
  expect(mail?.text?.split('\n')).toContain('http://localhost:3000');
  expect(mail?.html).toContain('<a href="http://localhost:3000"');
  expect(mail?.html).toContain('name="color-scheme" content="light dark"');
  expect(mail?.html).not.toMatch(/<img|url\(/);
});

it('LE-03 what waits is sealed, and the log holds none of it', async () => {
  server.behaviour = 451;
  const data = { code: 'K7QM-2WXP' };
  await app.nest.get(Mails).send({ kind: 'test', to: 'ada@example.com', data });
  await failed(1);
  const text = JSON.stringify(await stored(app).find().toArray());
  expect(text).toContain('ada@example.com');
  expect(text).not.toContain('K7QM');
  expect(app.log.join('')).not.toMatch(/K7QM|ada@example/);
});

it.each([451, 'cuts', 'hangs'] as const)(
  'FA-04 a server that answers %s is tried again with growing pauses, and people notice nothing',
  async (behaviour) => {
    server.behaviour = behaviour;
    await send('ada@example.com');
    expect((await app.visitor().get('/login')).status).toBe(200);
    await failed(1);
    expect((await app.visitor().get('/health/ready')).status).toBe(200);
    look();
    expect(await stored(app).countDocuments({ attempts: 1 })).toBe(1);
    for (const [attempts, pause] of [1, 2, 4].entries()) {
      app.advance((pause * MINUTE) / 2);
      look();
      await failed(attempts + 2);
    }
    server.behaviour = null;
    app.advance(4 * MINUTE);
    look();
    await none();
    expect(server.mails).toHaveLength(1);
  },
);

it('a mail that was taken by a server that then broke off has the same Message-ID again', async () => {
  server.behaviour = 'takes-and-cuts';
  await send('ada@example.com');
  await failed(1);
  server.behaviour = null;
  app.advance(MINUTE);
  look();
  await none();
  const [first, second] = server.mails.map(({ messageId }) => messageId);
  expect(second).toBe(first);
});

it('is given up after a day, with a line in the log', async () => {
  server.behaviour = 451;
  await send('ada@example.com');
  await failed(1);
  for (let hours = 0; hours < 24; hours += 2) {
    const { attempts = 0 } = (await stored(app).findOne()) ?? {};
    app.advance(2 * HOUR);
    look();
    await until(
      async () =>
        (await stored(app).findOne({ attempts: attempts + 1, lease: null })) !== null ||
        (await stored(app).countDocuments()) === 0,
    );
  }
  await none();
  expect(app.log.join('')).toMatch(/Mail [\w-]{36} \(test\) is given up: it was tried \d+ times/);
  expect(server.mails).toEqual([]);
});

describe('a reply of the mail server', () => {
  const told: MailRefused[] = [];
  let usual: Events['publish'];
  beforeEach(() => {
    const events = app.nest.get(Events);
    usual = events.publish.bind(events);
    events.publish = async (event) => {
      if (event instanceof MailRefused) told.push(event);
      return usual(event);
    };
  });
  afterEach(() => {
    app.nest.get(Events).publish = usual;
    told.length = 0;
  });
  const data = { account: '42' };
  const sent = () => app.nest.get(Mails).send({ kind: 'test', to: 'gone@example.com', data });

  it.each([
    [550, 'No such user here'],
    [551, 'User not local'],
    [553, '5.1.3 Bad syntax of an address'],
    [554, '5.1.1 Unknown address'],
  ])(
    'of %i %s to an address is told to whoever listens, and the mail not tried again',
    async (code, text) => {
      server.behaviour = { to: 'RCPT TO', code, text };
      await sent();
      await none();
      expect(told).toMatchObject([{ kind: 'test', to: 'gone@example.com', data }]);
    },
  );

  it.each([
    ['RCPT TO', 550, '5.7.1 Your network is not welcome'],
    ['RCPT TO', 552, '5.2.2 The mailbox is full'],
    ['RCPT TO', 554, 'No service for you'],
    ['DATA', 550, 'Looks like spam'],
    ['DATA', 554, '5.1.1 Rejected by content'],
  ] as const)(
    'to %s of %i %s says nothing about the address, and the mail is tried again',
    async (to, code, text) => {
      server.behaviour = { to, code, text };
      await sent();
      await failed(1);
      expect(told).toEqual([]);
      server.behaviour = null;
      app.advance(MINUTE);
      look();
      await none();
    },
  );
});

it('a mail that has waited for longer than a day, mail being off meanwhile, is not sent any more', async () => {
  server.behaviour = 451;
  await send('ada@example.com');
  await failed(1);
  server.behaviour = null;
  app.advance(DAY);
  look();
  await none();
  expect(server.mails).toEqual([]);
  expect(app.log.join('')).toMatch(/Mail [\w-]{36} \(test\) is given up: it is older than a day/);
});

it('FA-09 a mail from a time when the clock was a year ahead goes out', async () => {
  app.advance(365 * DAY);
  server.behaviour = 451;
  await send('ada@example.com');
  await failed(1);
  app.advance(-365 * DAY);
  server.behaviour = null;
  look();
  await none();
  expect(server.mails).toHaveLength(1);
});

it('says at most once a minute that mail is down', async () => {
  app.advance(DAY);
  server.behaviour = 451;
  const before = app.log.length;
  await Promise.all([send('a@example.com'), send('b@example.com'), send('c@example.com')]);
  await until(async () => (await stored(app).countDocuments({ attempts: 1, lease: null })) === 3);
  const told = () => app.log.slice(before).filter((line) => line.includes('can’t be handed over'));
  await until(() => told().length > 0);
  const lines = told();
  expect(lines).toEqual([expect.stringContaining('EENVELOPE 451')]);
  expect(lines[0]).toMatch(/\([123] mails? waits?, (the oldest )?for 0 minutes\)/);
});

it('a mail that is asked for twice under one id waits once', async () => {
  server.behaviour = 451;
  const mail = { kind: 'test', to: 'ada@example.com', id: 'notice-42' };
  await app.nest.get(Mails).send(mail);
  await failed(1);
  await app.nest.get(Mails).send(mail);
  expect(await stored(app).countDocuments()).toBe(1);
});

it('of a process that died after the hand-over, another one sends the mail again under its Message-ID', async () => {
  const queue = app.nest.get(MailQueue);
  const remove = queue.remove.bind(queue);
  let handedOver = 0;
  queue.remove = async () => {
    handedOver++;
  };
  await send('ada@example.com');
  await until(() => handedOver === 1);
  queue.remove = remove;
  look();
  expect(server.mails).toHaveLength(1);
  app.advance(LEASE);
  look();
  await none();
  const ids = server.mails.map(({ messageId }) => messageId);
  expect(ids).toEqual([ids[0], ids[0]]);
});

it('two applications on one database send each mail once', async () => {
  const environment = { MAIL_URL: server.url, MONGODB_URI: freshDatabase() };
  const apps = [await startApp(environment), await startApp(environment)];
  try {
    const people = Array.from({ length: 40 }, (_, n) => `person-${n}@example.com`);
    await Promise.all(people.map((to, n) => send(to, apps[n % 2])));
    for (const each of apps) await none(each);
    expect(server.mails.flatMap(recipientsOf).toSorted()).toEqual(people.toSorted());
  } finally {
    for (const each of apps.toReversed()) await each.close();
  }
});

it('a stop gives back what is under way', async () => {
  const other = await startApp({ MAIL_URL: server.url, MONGODB_URI: freshDatabase() });
  server.behaviour = 'hangs';
  await send('ada@example.com', other);
  await until(async () => (await stored(other).countDocuments({ attempts: 1 })) === 1);
  await other.nest.get(MailWorker).beforeApplicationShutdown();
  expect(await stored(other).findOne()).toMatchObject({ lease: null });
  await other.close();
});

it('goes by STARTTLS where the server offers it', async () => {
  let secure = false;
  const tls = await startMailServer({
    disabledCommands: [],
    onMailFrom: (_, session, answer) => {
      secure = session.secure;
      answer();
    },
  });
  const other = await startApp({ MAIL_URL: tls.url });
  await send('ada@example.com', other);
  await none(other);
  expect([secure, tls.mails.length]).toEqual([true, 1]);
  await other.close();
  await tls.close();
});

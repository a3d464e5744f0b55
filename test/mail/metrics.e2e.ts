import { DAY, MINUTE } from '../../src/core/clock.js';
import { MailWorker } from '../../src/core/mail/mail-worker.js';
import { Mails } from '../../src/core/mail/mails.js';
import { startApp, type TestApp } from '../support/app.js';
import { type MailServer, startMailServer } from '../support/mail-server.js';
import { until } from '../support/wait-until.js';

const TOKEN = 'pT4wLk9zQx7mVb2nHs6dRf3gJy8cUe5a';
const OLDER = 'Zr5tNq8wKv3xMc7bHd2sGf9jLy4pUe6o';

let server: MailServer;
let app: TestApp;
beforeAll(async () => {
  server = await startMailServer();
  app = await startApp({ MAIL_URL: server.url, METRICS_TOKEN: `${TOKEN},${OLDER}` });
});
afterAll(async () => {
  await app.close();
  await server.close();
});

const ask = (token?: string, method: 'GET' | 'POST' = 'GET', of = app) =>
  of.visitor().send(method, '/metrics', {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });

/** @returns the numbers by their names, as a Prometheus would read them */
async function numbers(): Promise<Record<string, number>> {
  const { status, html } = await ask(TOKEN);
  expect(status).toBe(200);
  const lines = [...html.matchAll(/^(\w+) (\S+)$/gm)];
  return Object.fromEntries(lines.map(([, name = '', value]) => [name, Number(value)]));
}

const tries = (attempts: number) =>
  until(async () => (await app.db.collection('mails').findOne({ attempts, lease: null })) !== null);
const none = () => until(async () => (await app.db.collection('mails').countDocuments()) === 0);
const look = () => app.nest.get(MailWorker).wake();

it('FA-04 tells how many mails wait and for how long, and what became of the others', async () => {
  expect(await numbers()).toMatchObject({
    latchkey_mails_waiting: 0,
    latchkey_mail_oldest_seconds: 0,
    latchkey_mails_handed_over_total: 0,
  });
  server.behaviour = 451;
  const person = await app.person('waiter');
  await tries(1);
  app.advance(10 * MINUTE);
  const waiting = await numbers();
  expect(waiting).toMatchObject({ latchkey_mails_waiting: 1, latchkey_mails_given_up_total: 0 });
  expect(waiting['latchkey_mail_oldest_seconds']).toBeGreaterThanOrEqual(600);
  expect(waiting['latchkey_mail_oldest_seconds']).toBeLessThan(660);
  expect((await person.get('/health/ready')).status).toBe(200);

  server.behaviour = null;
  look();
  await none();
  await app.nest.get(Mails).send({ kind: 'test', to: 'ada@example.com' });
  await none();
  server.behaviour = 550;
  await app.nest.get(Mails).send({ kind: 'test', to: 'gone@example.com' });
  await none();
  server.behaviour = 451;
  await app.nest.get(Mails).send({ kind: 'test', to: 'late@example.com' });
  await tries(1);
  app.advance(DAY);
  look();
  await none();
  expect(await numbers()).toMatchObject({
    latchkey_mails_waiting: 0,
    latchkey_mail_oldest_seconds: 0,
    latchkey_mails_handed_over_total: 2,
    latchkey_mails_refused_total: 1,
    latchkey_mails_given_up_total: 1,
  });
});

it('LE-03 is the text format of Prometheus, with the process itself and nothing about a person', async () => {
  server.behaviour = 451;
  await app.person('hidden');
  const { headers, html } = await ask(OLDER);
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('set-cookie')).toBeNull();
  expect(html).toMatch(/^# TYPE latchkey_mails_waiting gauge$/m);
  expect(html).toMatch(/^# TYPE latchkey_mails_given_up_total counter$/m);
  expect(html).toMatch(/^process_resident_memory_bytes \d+$/m);
  expect(html).not.toMatch(/hidden|example\.com|198\.51|127\.0|smtp|mongodb/);
  for (const secret of [TOKEN, OLDER]) expect(html).not.toContain(secret);
});

it.each([
  ['no token', undefined],
  ['an empty token', ''],
  ['a wrong token of the same length', TOKEN.replace('p', 'q')],
  ['both tokens as they are set', `${TOKEN},${OLDER}`],
  ['more behind the token', `${TOKEN} ${TOKEN}`],
])('AZ-01 denies %s', async (_, token) => {
  const { status, headers, html } = await ask(token);
  expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect(html).not.toContain('latchkey_');
});

it('takes no other method, and no token from the address', async () => {
  expect((await ask(TOKEN, 'POST')).status).toBe(405);
  expect((await app.visitor().get(`/metrics?token=${TOKEN}`)).status).toBe(401);
});

it('AZ-01 is not there unless a token is set', async () => {
  const other = await startApp();
  expect((await ask(TOKEN, 'GET', other)).status).toBe(404);
  expect((await ask('', 'GET', other)).status).toBe(404);
  await other.close();
});

import { PRODUCTION, type Running, useProcesses } from '../support/process.js';
import { RawClient, statusesIn } from '../support/raw-client.js';
import { PASSWORD } from '../support/visitor.js';

const processes = useProcesses();

it('FA-05, FA-07 ends cleanly on SIGTERM, and a restart finds the account and the session again', async () => {
  // The port is another one after the restart, and with it the cookies' usual prefix.
  const environment = { BCRYPT_COST: '4', COOKIE_PREFIX: 'restarted' };
  const first = await processes.start(environment);
  await first.answers('/health/ready', 200);
  const person = first.visitor();
  expect((await person.register('survivor')).status).toBe(303);
  const { code, took } = await first.stop();
  expect(code).toBe(0);
  expect(took).toBeLessThan(10_000);

  const second = await processes.start(environment);
  await second.answers('/health/ready', 200);
  const again = second.visitor();
  for (const [name, value] of person.cookies) again.cookies.set(name, value);
  expect(await again.whoami()).toBe('survivor');
  expect((await second.visitor().login('survivor')).location).toBe('/');
});

it('FA-05 a stop finishes what is in flight, takes nothing new and is not ready meanwhile', async () => {
  const app = await processes.start({ BCRYPT_COST: '4' });
  await app.answers('/health/ready', 200);
  await app.visitor().register('in-flight');
  const visitor = app.visitor();
  const _csrf = await visitor.token('/login');
  const body = new URLSearchParams({
    _csrf,
    identifier: 'in-flight',
    password: PASSWORD,
  }).toString();
  const cookie = [...visitor.cookies].map((pair) => pair.join('=')).join('; ');
  const client = new RawClient(app.port).send(
    [
      'POST /login HTTP/1.1',
      'Host: localhost',
      `Cookie: ${cookie}`,
      'Sec-Fetch-Site: same-origin',
      'Content-Type: application/x-www-form-urlencoded',
      `Content-Length: ${body.length}`,
      'Expect: 100-continue',
      '\r\n',
    ].join('\r\n'),
  );
  await client.until('100 Continue');
  client.send(body.slice(0, 10));
  const stopped = app.stop();
  await app.answers('/health/live', 0);
  client.send(`${body.slice(10)}GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const received = await client.untilClosed();
  expect(statusesIn(received)).toEqual([100, 303, 503]);
  expect(received).toMatch(/location: \/\r\n/i);
  const { code, took } = await stopped;
  expect(code).toBe(0);
  // Connections that nobody ends are cut off after 8 seconds: this one was not.
  expect(took).toBeLessThan(8000);
});

it('FA-05 a request that never ends does not hold up a stop for 10 seconds', async () => {
  const app = await processes.start({});
  await app.answers('/health/ready', 200);
  const client = new RawClient(app.port).send(
    [
      'POST /login HTTP/1.1',
      'Host: localhost',
      'Content-Type: application/x-www-form-urlencoded',
      'Content-Length: 10',
      'Expect: 100-continue',
      '\r\n',
    ].join('\r\n'),
  );
  await client.until('100 Continue');
  const { code, took } = await app.stop();
  expect(code).toBe(0);
  expect(took).toBeLessThan(10_000);
  client.end();
});

it('SE-13 a new secret in front keeps the old cookies; without the old one they make a stranger', async () => {
  const old = PRODUCTION.SESSION_SECRET;
  const fresh = 'nB4vCx8zLk2jHg6fDs9aPo3iUy7tRe5w';
  const first = await processes.start(PRODUCTION);
  await first.answers('/health/ready', 200);
  const person = first.visitor();
  await person.register('rotated');
  await first.stop();

  const carried = (running: Running) => {
    const visitor = running.visitor();
    for (const [name, value] of person.cookies) visitor.cookies.set(name, value);
    return visitor;
  };
  const second = await processes.start({ ...PRODUCTION, SESSION_SECRET: `${fresh},${old}` });
  await second.answers('/health/ready', 200);
  expect(await carried(second).whoami()).toBe('rotated');
  await second.stop();

  const third = await processes.start({ ...PRODUCTION, SESSION_SECRET: fresh });
  await third.answers('/health/ready', 200);
  const stranger = carried(third);
  expect((await stranger.get('/')).status).toBe(200);
  expect(await stranger.whoami()).toBeNull();
  expect((await stranger.login('rotated')).location).toBe('/');
});

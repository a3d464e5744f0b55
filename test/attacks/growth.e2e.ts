import { startApp, type TestApp } from '../support/app.js';
import { allRoutes } from '../support/routes.js';
import type { Visitor } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** How many documents each collection holds, and how many characters the longest of them has. */
async function contents(): Promise<Record<string, { count: number; longest: number }>> {
  const collections = await app.db.listCollections();
  const entries = collections.map(async ({ name }) => {
    const documents = await app.db.collection(name).find().toArray();
    const lengths = documents.map((each) => JSON.stringify(each).length);
    return [name, { count: documents.length, longest: Math.max(0, ...lengths) }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

const TIMES = 1000;

/** Asks for every route again and again, in whatever way it is asked for. */
async function walk(visitor: Visitor): Promise<void> {
  const routes = allRoutes(app.nest).filter(({ path }) => path !== '/logout');
  for (let round = 0; round < TIMES / routes.length; round++) {
    for (const { method, path } of routes) {
      const address = path.replace(':provider', 'github').replace(':page', 'login');
      const query = method === 'GET' ? '?state=x&code=y&next=/settings' : '';
      const body = method === 'POST' ? { body: { identifier: `nobody-${round}`, email: 'x' } } : {};
      const { status, headers } = await visitor.send(method, address + query, body);
      expect([address, status < 500]).toEqual([address, true]);
      const cookies = headers.getSetCookie().map((cookie) => cookie.length);
      expect(Math.max(0, ...cookies)).toBeLessThan(1500);
    }
  }
}

it('a stranger who asks for every route a thousand times leaves flows and counters alone, each with an end', async () => {
  await app.person('bystander');
  const before = await contents();
  await walk(app.visitor());
  const after = await contents();
  for (const name of ['users', 'latchkey'])
    expect([name, after[name]]).toEqual([name, before[name]]);
  // As many starts as an address has, and as many mails: see the limits of flows and of mails.
  expect(after['one-time']?.count).toBeLessThanOrEqual(120 + 30);
  // Each name that a mail is asked for is counted thrice, as it was typed and as an account; for a day.
  expect(after['throttle']?.count).toBeLessThan(60 + 30 * 6);
  for (const { longest } of Object.values(after)) expect(longest).toBeLessThan(2000);
});

it('a person signed in who does so is no longer afterwards', async () => {
  const person = await app.person('wanderer');
  const before = await contents();
  await walk(person);
  const after = await contents();
  expect(after['users']?.count).toBe(before['users']?.count);
  expect(Object.keys((await app.user('wanderer'))?.['sessions'] ?? {})).toHaveLength(1);
  for (const { longest } of Object.values(after)) expect(longest).toBeLessThan(2000);
});

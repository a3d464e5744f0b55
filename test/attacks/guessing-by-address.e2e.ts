import { Clock } from '../../src/core/clock.js';
import { throttleCollection } from '../../src/core/throttle/throttle.js';
import { startApp, type TestApp } from '../support/app.js';
import { removeExpired } from '../support/expiry.js';
import { PASSWORD } from '../support/visitor.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

describe('one address', () => {
  it('BF-03, NW-03 has a limit over all accounts, an IPv6 network counting as one', async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 32; count++) {
      const visitor = app.visitor(`2001:db8:7:7::${count.toString(16)}`);
      statuses.push((await visitor.login(`sprayed-${count}`, 'wrong password')).status);
    }
    expect(statuses.slice(0, 30)).toEqual(Array(30).fill(422));
    expect(statuses.slice(30)).toEqual([429, 429]);
    expect((await app.visitor('2001:db8:7:8::1').login('sprayed-99', 'wrong')).status).toBe(422);
  });

  it('BF-03 half of the names existing makes no difference, and right passwords are not counted', async () => {
    const names = ['stuffed-a', 'stuffed-b', 'stuffed-c'];
    for (const name of names) await app.person(name);
    const address = '203.0.113.77';
    for (let count = 0; count < 6; count++) {
      for (const name of names) expect((await app.visitor(address).login(name)).status).toBe(303);
    }
    const statuses: number[] = [];
    for (let count = 0; count < 31; count++) {
      const name =
        count % 2 ? (names[count % 3] ?? '') + (count > 5 ? count : '') : `stuffed-${count}`;
      statuses.push((await app.visitor(address).login(name, 'wrong password')).status);
    }
    expect(statuses).toEqual([...Array(30).fill(422), 429]);
  });

  it('NW-02 is the entry of the trusted proxy, whatever stands to the left of it', async () => {
    const proxied = (left: string, real: string) => app.visitor(`${left}, ${real}`);
    const statuses: number[] = [];
    for (let count = 0; count < 32; count++) {
      const left = ['10.9.8.7', 'unknown', '1.2.3.4:55', '', 'x'.repeat(3000), '127.0.0.1'][
        count % 6
      ];
      const visitor = proxied(`${left}, 192.0.2.${count}`, '203.0.113.50');
      statuses.push((await visitor.login(`left-${count}`, 'wrong password')).status);
    }
    expect(statuses).toEqual([...Array(30).fill(422), 429, 429]);
    expect((await proxied('203.0.113.50', '203.0.113.51').login('left-99', 'x')).status).toBe(422);
  });

  it('NW-02 is the same with the port that some proxies write behind it', async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 31; count++) {
      const address = `203.0.113.60${count === 0 ? '' : `:${4000 + count}`}`;
      statuses.push((await app.visitor(address).login(`port-${count}`, 'wrong')).status);
    }
    expect(statuses).toEqual([...Array(30).fill(422), 429]);
  });

  it('NW-05 that nobody knows locks nobody out, and the account keeps its limit', async () => {
    await app.person('unlocked');
    for (let count = 0; count < 40; count++) {
      expect((await app.visitor('unknown').login(`nameless-${count}`, 'wrong')).status).toBe(422);
    }
    expect((await app.visitor('unknown').login('unlocked')).location).toBe('/');
    expect((await app.visitor('_hidden').register('unlocked-too')).status).toBe(303);
    const statuses: number[] = [];
    for (let count = 0; count < 6; count++) {
      statuses.push((await app.visitor('unknown').login('unlocked', 'wrong')).status);
    }
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429]);
  });

  it('BF-12 has a limit of registrations that others do not feel', async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 62; count++) {
      statuses.push((await app.visitor('203.0.113.9').register(`flooder-${count}`)).status);
    }
    expect(statuses).toEqual([...Array(60).fill(303), 429, 429]);
    expect((await app.visitor('203.0.113.10').register('neighbour')).status).toBe(303);
    app.advance(10 * MINUTE);
    expect((await app.visitor('203.0.113.9').register('patient')).status).toBe(303);
  });
});

describe('registrations behind one address', () => {
  it('are thirty people’s within a minute, who need a few tries each', async () => {
    const people = Array.from({ length: 30 }, (_, count) => `pupil-${count}`);
    const statuses = await Promise.all(
      people.map(async (name) => {
        const visitor = app.visitor('203.0.113.100');
        const short = { password: 'short', passwordAgain: 'short' };
        const [first, second] = [
          await visitor.register(name, short),
          await visitor.register('somebody-else', { ...short, email: 'no address' }),
        ];
        return [first.status, second.status, (await visitor.register(name)).status];
      }),
    );
    expect(statuses).toEqual(people.map(() => [422, 422, 303]));
  });

  it('BF-12 that fail have a limit as well, since they tell what is taken', async () => {
    await app.person('looked-for');
    const statuses: number[] = [];
    for (let count = 0; count < 182; count++) {
      const visitor = app.visitor('203.0.113.101');
      const more = { email: 'somebody-else@example.com' };
      statuses.push((await visitor.register('looked-for', more)).status);
    }
    expect(statuses).toEqual([...Array(180).fill(422), 429, 429]);
  });
});

describe('what other people have', () => {
  it.each([
    ['user name', '/settings/profile', { username: 'somebody', name: 'A' }],
    ['address', '/settings/email', { email: 'somebody@example.com', currentPassword: PASSWORD }],
  ])('BF-12 is not found out by changing one’s own %s again and again', async (_, path, change) => {
    const address = path === '/settings/profile' ? '203.0.113.90' : '203.0.113.91';
    if (!(await app.user('somebody'))) await app.owner('somebody');
    const statuses: number[] = [];
    for (const name of [`curious-${path.length}`, `curious-too-${path.length}`]) {
      const visitor = app.visitor(address);
      await visitor.register(name);
      for (let count = 0; count < 32; count++) {
        statuses.push((await visitor.submit(path, change)).status);
      }
    }
    expect(statuses).toEqual([...Array(60).fill(422), ...Array(4).fill(429)]);
    const neighbour = await app.person(`neighbour-${path.length}`);
    const own = { username: `renamed-${path.length}`, name: 'N' };
    expect((await neighbour.submit('/settings/profile', own)).status).toBe(303);
  });
});

describe('the other name of an account', () => {
  it('BF-02 is not told by a wait for the tries under way at it', async () => {
    await app.person('two-named');
    for (let count = 0; count < 5; count++) await app.visitor().login('two-named', 'wrong');
    // As if they had not come to their end.
    await app.db
      .collection('throttle')
      .updateMany({ key: /^login-all-names:/, tries: 5 }, { $set: { underWay: 5 } });
    const hidden = await app.visitor().login('two-named@example.com');
    expect([hidden.status, hidden.location]).toEqual([422, null]);
    await app.db
      .collection('throttle')
      .updateMany({ key: /^login-all-names:/ }, { $set: { underWay: 0 } });
  });
});

describe('the counters', () => {
  it('BF-11 are small, end, and hold nothing that was typed', async () => {
    const own = app.nest.get(Clock);
    const earlier = await app.db.collection('throttle').find().toArray();
    const known = new Set(earlier.map(({ _id }) => String(_id)));
    const typed = Array.from(
      { length: 60 },
      (_, count) => `typed-${count}-${'x'.repeat(count * 100)}`,
    );
    for (const name of typed) await app.visitor('unknown').login(name, 'wrong password');
    for (let again = 0; again < 10; again++)
      await app.visitor('unknown').login('typed-0-', 'wrong');
    const counters = await app.db.collection('throttle').find().toArray();
    expect(counters.length - earlier.length).toBeLessThanOrEqual(2 * typed.length);
    for (const counter of counters) {
      expect(JSON.stringify(counter).length).toBeLessThan(300);
      // Those of the tests before this one are as far ahead as its clock.
      if (known.has(String(counter._id))) continue;
      expect(Number(counter['expire'])).toBeLessThanOrEqual(own.now().getTime() + DAY);
      expect(Number(counter['removeAt'])).toBeLessThanOrEqual(own.now().getTime() + 2 * DAY);
    }
    expect(JSON.stringify(counters)).not.toContain('typed');
  });

  it('FA-10 are not believed past their end, whatever the TTL index does', async () => {
    await app.person('outdated');
    for (let count = 0; count < 5; count++) await app.visitor().login('outdated', 'wrong');
    expect((await app.visitor().login('outdated')).status).toBe(429);
    // The clock of the database is ahead.
    await removeExpired(app.db, throttleCollection, new Date(app.now().getTime() + DAY + MINUTE));
    expect((await app.visitor().login('outdated')).status).toBe(429);
    app.advance(5 * MINUTE);
    const now = app.nest.get(Clock).now();
    const ended = { windowEnd: { $lt: now }, expire: { $gt: now } };
    expect(await app.db.collection('throttle').countDocuments(ended)).toBeGreaterThan(0);
    expect((await app.visitor().login('outdated')).location).toBe('/');
    app.advance(DAY);
    const stored = await app.db.collection('throttle').countDocuments();
    expect(stored).toBeGreaterThan(0);
    expect((await app.visitor().login('outdated', 'wrong')).status).toBe(422);
    const indexes = await Promise.all(
      ['one-time', 'throttle'].map((name) => app.db.collection(name).indexes()),
    );
    expect(indexes.flat().filter((index) => index['expireAfterSeconds'] === 0)).toHaveLength(2);
  });
});

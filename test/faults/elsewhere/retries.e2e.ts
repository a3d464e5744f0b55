import { startApp, type TestApp } from '../../support/app.js';
import { freshDatabase } from '../../support/database-address.js';
import { goThrough } from '../../support/flows.js';
import {
  type Kind,
  type Message,
  otherServer,
  type OtherServer,
} from '../../support/other-server.js';
import { someone } from '../../support/identities.js';
import { collidingUpserts, playedByTurns, refusingNameless } from '../../support/server-kinds.js';

let server: OtherServer;
let app: TestApp;
const turns = playedByTurns();

beforeAll(async () => {
  server = await otherServer(freshDatabase(), turns);
  app = await startApp({ MONGODB_URI: server.uri });
});
beforeEach(() => turns.play({}));
afterAll(async () => {
  turns.play({});
  await app.close();
  server.close();
});

/** Every new account is refused as the double of another, which nobody finds. */
function refusingAccounts(field: string) {
  const refused: Message[] = [];
  const error = { index: 0, code: 11000, keyPattern: { [field]: 1 }, errmsg: 'E11000' };
  turns.play({
    answer: (command) => {
      if (command['insert'] !== 'users') return undefined;
      refused.push(command);
      return { n: 0, writeErrors: [error], ok: 1 };
    },
  });
  return refused;
}

it.each([
  ['identity', 'identities.key', 'connected to another account'],
  ['address', 'emailClaim', 'already has an account'],
  ['user name', 'usernameCanonical', 'This username is taken'],
])(
  'a conflict of the %s that nobody finds ends with a sentence and a line',
  async (_, field, sentence) => {
    const refused = refusingAccounts(field);
    const begin = app.log.length;
    const visitor = app.visitor();
    const answer = await goThrough(app.stub, visitor, 'google', someone());
    expect([answer.status, answer.location]).toEqual([303, '/login']);
    expect((await visitor.get('/login')).text).toContain(sentence);
    expect(refused.length).toBeGreaterThan(1);
    expect(refused.length).toBeLessThan(40);
    const lines = app.log.slice(begin).filter((line) => line.includes('registration-conflict'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('google');
  },
);

it('a count that meets others is written after a few more tries', async () => {
  turns.play(collidingUpserts(112, 50, 11000, 112, 11000));
  expect((await app.visitor().register('patient')).status).toBe(303);
});

it.each([112, 50, 11000])('a count that can never be written is a 503: code %d', async (code) => {
  const visitor = app.visitor();
  const begin = app.log.length;
  const codes = Array<number>(200).fill(code);
  turns.play(collidingUpserts(...codes));
  const answer = await visitor.login('patient');
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, expect.any(String)]);
  expect(answer.text).toContain('busy');
  expect(await visitor.whoami()).toBeNull();
  expect(app.log.slice(begin).join('')).toContain(String(code));
});

/** As `collidingUpserts`, for one collection. */
function collidingIn(name: string, ...codes: number[]): Kind {
  const { answer } = collidingUpserts(...codes);
  return {
    answer: (command) => (command['update'] === name ? answer?.(command) : undefined),
  };
}

it('a flow that meets others is stored after a few more tries', async () => {
  turns.play(collidingIn('one-time', 112, 50, 11000, 112, 11000));
  const visitor = app.visitor();
  await goThrough(app.stub, visitor, 'google', someone());
  expect(await visitor.whoami()).not.toBeNull();
});

it.each([112, 50, 11000])('a flow that can never be stored is a 503: code %d', async (code) => {
  const visitor = app.visitor();
  const begin = app.log.length;
  turns.play(collidingIn('one-time', ...Array<number>(200).fill(code)));
  const answer = await visitor.submit('/login', {}, '/oauth/google');
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, expect.any(String)]);
  expect(app.log.slice(begin).join('')).toContain(`of one-time failed, code ${code}`);
});

describe('a double of somebody who is gone at the look-up, told without a name', () => {
  it('is written after a few more tries', async () => {
    const visitor = app.visitor();
    turns.play(refusingNameless(3));
    expect((await visitor.register('afterwards')).status).toBe(303);
    turns.play(refusingNameless(3));
    const renamed = await visitor.submit('/settings/profile', { username: 'renamed', name: 'X' });
    expect(renamed.status).toBe(303);
    expect(await visitor.whoami()).toBe('renamed');
  });

  it('is a 503 when that never ends', async () => {
    const visitor = app.visitor();
    const begin = app.log.length;
    turns.play(refusingNameless(200));
    const answer = await visitor.register('never');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, expect.any(String)]);
    expect(app.log.slice(begin).join('')).toContain('of users failed, code 11000');
  });
});

it('a login counts by one command before the password is looked at and by one after it', async () => {
  await app.visitor().register('frugal');
  const counting: string[] = [];
  turns.play({
    answer: (command) => {
      const [[name, collection] = ['']] = Object.entries(command);
      if (collection === 'throttle') counting.push(name);
      return undefined;
    },
  });
  expect((await app.visitor().login('frugal')).location).toBe('/');
  expect(counting).toEqual(['update', 'update']);
});

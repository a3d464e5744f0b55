import { startApp, type TestApp } from '../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ TRUST_PROXY: '' });
});
afterAll(() => app.close());

/** Headers by which a client could say that it is somebody else, each time another one. */
function disguise(count: number): Record<string, string> {
  const address = `192.0.2.${count}`;
  return {
    'x-forwarded-for': address,
    'x-real-ip': address,
    forwarded: `for=${address}`,
    'cf-connecting-ip': address,
    'true-client-ip': address,
    'x-client-ip': address,
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
  };
}

async function login(identifier: string, count: number): Promise<number> {
  const visitor = app.visitor();
  const body = { _csrf: await visitor.token('/login'), identifier, password: 'wrong password' };
  return (await visitor.send('POST', '/login', { body, headers: disguise(count) })).status;
}

it('NW-01 without a trusted proxy no header makes another address: limits and log go by the socket', async () => {
  const owner = await app.person('spoofed');
  const one: number[] = [];
  for (let count = 0; count < 7; count++) one.push(await login('spoofed', count));
  expect(one).toEqual([422, 422, 422, 422, 422, 429, 429]);
  // Seven of the thirty are used; one that the account's limit refused is still one of the address.
  const many: number[] = [];
  for (let count = 0; count < 25; count++) many.push(await login(`spoofed-${count}`, 100 + count));
  expect(many).toEqual([...Array(23).fill(422), 429, 429]);
  const lines = app.log.filter((line) => line.includes('login-failed'));
  expect(lines).toHaveLength(32);
  for (const line of lines) expect(line).toContain('address=127.0.0.1');
  expect(app.log.join('')).not.toContain('192.0.2.');
  expect(await owner.whoami()).toBe('spoofed');
});

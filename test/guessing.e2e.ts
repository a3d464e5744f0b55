import { startApp, type TestApp } from './support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

it('EN-01 says the same of a wrong password and of nobody', async () => {
  await app.person('exists');
  const masked = async (name: string) => {
    const answer = await app.visitor().login(name, 'wrong password');
    const headers = [...answer.headers.keys()].toSorted();
    return [
      answer.status,
      headers,
      answer.html.replaceAll(name, 'NAME').replace(/value="[0-9a-f]{64}"/g, ''),
    ];
  };
  expect(await masked('exists')).toEqual(await masked('absent'));
  const length = await app.visitor().login('exists', 'x'.repeat(300));
  expect(length.status).toBe(422);
});

it('BF-01, BF-02, BF-04, BF-07 the account has one counter for all addresses and spellings, and the owner stays in', async () => {
  const owner = await app.person('guessed');
  const spellings = ['guessed', 'GUESSED', ' guessed ', 'ｇｕｅｓｓｅｄ', 'guessed@example.com'];
  for (const name of spellings) {
    expect((await app.visitor().login(name, 'wrong password')).status).toBe(422);
  }
  const blocked = await app.visitor().login('Guessed@EXAMPLE.com');
  expect(blocked.status).toBe(429);
  expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(blocked.text).toContain('There were too many tries');
  expect(await owner.whoami()).toBe('guessed');
  await owner.logout();
  expect((await owner.login('guessed')).location).toBe('/');
});

it('BF-03, NW-03 an address has a limit over all accounts, an IPv6 network counting as one', async () => {
  const statuses: number[] = [];
  for (let guess = 0; guess < 32; guess++) {
    const visitor = app.visitor(`2001:db8:7:7::${guess.toString(16)}`);
    statuses.push((await visitor.login(`sprayed-${guess}`, 'wrong password')).status);
  }
  expect(statuses.slice(0, 30)).toEqual(Array(30).fill(422));
  expect(statuses.slice(30)).toEqual([429, 429]);
});

it('BF-09 the other password doors have the same limit', async () => {
  const visitor = await app.person('doors');
  const statuses: number[] = [];
  for (const path of ['/settings/delete', '/settings/email', '/settings/password']) {
    for (let guess = 0; guess < 2; guess++) {
      const answer = await visitor.submit(path, {
        currentPassword: `wrong password ${guess}`,
        email: 'doors2@example.com',
        newPassword: 'four louder harbours',
        newPasswordAgain: 'four louder harbours',
      });
      statuses.push(answer.status);
    }
  }
  expect(statuses).toEqual([422, 422, 422, 422, 422, 429]);
});

it('BF-12 registrations have a limit for each address', async () => {
  const address = '203.0.113.9';
  const statuses: number[] = [];
  const visitor = app.visitor(address);
  for (let guess = 0; guess < 62; guess++) {
    statuses.push(
      (await visitor.register('taken', { password: 'password', passwordAgain: 'password' })).status,
    );
  }
  expect(statuses.slice(0, 60).every((status) => status === 422)).toBe(true);
  expect(statuses.slice(60)).toEqual([429, 429]);
});

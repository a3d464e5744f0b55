import { startApp, type TestApp } from '../support/app.js';
import { PASSWORD } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** A second account with the address of the first. */
async function two(name: string) {
  const email = `${name}@example.com`;
  const first = await app.person(name);
  const second = app.visitor();
  expect((await second.register(`${name}-too`, { email: email.toUpperCase() })).location).toBe('/');
  return { email, first, second };
}

describe('an address that two accounts give as theirs', () => {
  it('means the older claim at a log-in, and on a device of the other one that other one', async () => {
    const { email, second } = await two('shared');
    const stranger = app.visitor();
    await stranger.login(email);
    expect(await stranger.whoami()).toBe('shared');
    await second.logout();
    await second.login(email);
    expect(await second.whoami()).toBe('shared-too');
    // By its name it is reached from everywhere.
    await stranger.logout();
    await stranger.login('shared-too');
    expect(await stranger.whoami()).toBe('shared-too');
  });

  it('is told on the page of the one that logs in by its user name, and on no other', async () => {
    const { first, second } = await two('told');
    const sentence = 'Log in with your username';
    expect((await first.get('/settings/email')).text).not.toContain(sentence);
    expect((await second.get('/settings/email')).text).toContain(`${sentence}, told-too.`);
  });

  it('means the one that verified it, on every device, and the other is told what happened', async () => {
    const { email, second } = await two('verified');
    await app.owner('verified-other');
    const change = { email: 'verified-other@example.com', currentPassword: PASSWORD };
    expect((await second.submit('/settings/email', change)).status).toBe(422);
    await app.verify('verified');
    expect((await second.get('/')).text).toContain('We removed your email address');
    await second.logout();
    await second.login(email);
    expect(await second.whoami()).toBe('verified');
  });

  it('BF-01 has limits of its own for each of the two', async () => {
    const { email, second } = await two('guessed');
    const stranger = app.visitor();
    for (let n = 0; n < 5; n++) await stranger.login(email, `wrong guess ${n}`);
    expect((await stranger.login(email)).status).toBe(429);
    await second.logout();
    expect((await second.login(email)).location).toBe('/');
    expect(await second.whoami()).toBe('guessed-too');
  });
});

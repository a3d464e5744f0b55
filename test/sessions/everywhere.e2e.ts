import { startApp, type TestApp } from '../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

it('SE-05, SE-12 logging out everywhere ends every session of the person, and no other', async () => {
  const here = await app.person('everywhere');
  const there = app.visitor();
  await there.login('everywhere');
  const bystander = await app.person('stays-in');
  const out = await here.submit('/settings/delete', {}, '/logout/everywhere');
  expect(out.location).toBe('/login');
  expect((await here.get('/login')).text).toContain('You’re logged out on every device.');
  for (const each of [here, there]) expect(await each.whoami()).toBeNull();
  expect(await bystander.whoami()).toBe('stays-in');
  expect(await app.user('everywhere')).not.toBeNull();
  expect(app.log.some((line) => line.includes('logged-out-everywhere'))).toBe(true);
  expect((await app.visitor().login('everywhere')).status).toBe(303);
});

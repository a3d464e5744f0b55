import { startApp, type TestApp } from './support/app.js';
import { goThrough } from './support/through.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

describe.each(['google', 'github', 'facebook'])('%s', (provider) => {
  it('registers a person at the first time and logs them in at the next', async () => {
    const person = {
      subject: `7${provider.length}`,
      name: `Nora ${provider}`,
      email: `nora@${provider}.example`,
    };
    const visitor = app.visitor();
    const first = await goThrough(app.stub, visitor, provider, person);
    expect(first.location).toBe('/');
    const home = await visitor.get('/');
    expect(home.text).toContain('Thanks for registering.');
    const name = await visitor.whoami();
    expect(name).toMatch(/^nora\d?$/);
    const again = app.visitor();
    await goThrough(app.stub, again, provider, person);
    expect(await again.whoami()).toBe(name);
  });
});

import { startApp, type TestApp } from '../support/app.js';
import { PASSWORD } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

describe('registering', () => {
  it('makes an account, signs the person in and greets them once', async () => {
    const ann = app.visitor();
    const answer = await ann.register('Ann');
    expect([answer.status, answer.location]).toEqual([303, '/']);
    const home = await ann.get('/');
    expect(home.text).toContain('Thanks for registering.');
    expect(home.text).toContain('Welcome, Ann.');
    expect(home.text).toContain('Hello, The real Ann');
    expect((await ann.get('/')).text).not.toContain('Thanks for registering.');
  });

  it('keeps what was typed, but no password, when something is wrong', async () => {
    const visitor = app.visitor();
    const answer = await visitor.register('Second', {
      email: 'no-address',
      passwordAgain: 'something else',
    });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('Enter an email address like name@example.com');
    expect(answer.text).toContain('The passwords don’t match');
    expect(answer.html).toContain('value="no-address"');
    expect(answer.html).toContain('value="The real Second"');
    expect(answer.html).not.toContain(PASSWORD);
    expect(answer.html).toContain('<title>Error:');
    expect(answer.html).toMatch(/aria-invalid="true"\s+aria-describedby="email-error"/);
    expect(await app.users()).toHaveLength(1);
  });

  it('says beside the field that a name or a verified address is taken, in any case', async () => {
    const sameName = await app.visitor().register('ANN', { email: 'other@example.com' });
    expect([sameName.status, sameName.text]).toEqual([
      422,
      expect.stringContaining('This username is taken'),
    ]);
    await app.owner('owned');
    const sameAddress = await app.visitor().register('Other', { email: 'OWNED@EXAMPLE.com' });
    expect([sameAddress.status, sameAddress.text]).toEqual([
      422,
      expect.stringContaining('This email address already has an account'),
    ]);
  });

  it('sends a person who is signed in home from /register and /login, without signing them out', async () => {
    const visitor = app.visitor();
    await visitor.register('stays');
    expect((await visitor.get('/register')).location).toBe('/');
    expect((await visitor.get('/login')).location).toBe('/');
    expect(await visitor.whoami()).toBe('stays');
  });
});

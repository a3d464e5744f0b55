import { startApp, type TestApp } from '../support/app.js';
import { PASSWORD } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

describe('the rule for passwords', () => {
  it.each([
    ['7 chars', 'Use at least 8 characters'],
    ['x'.repeat(257), 'Use at most 256 characters'],
    ['password123', 'too easy to guess'],
    ['abcabcabc', 'repeats itself'],
    ['ruled1234', 'too close to your name'],
    ['latchkey!!', 'too close to your name'],
  ])('PW-07, S58 is one for registering and for the settings: %s', async (password, reason) => {
    const twice = { password, passwordAgain: password };
    const registering = await app.visitor().register('ruled', twice);
    expect([registering.status, registering.text]).toEqual([422, expect.stringContaining(reason)]);
    const person = await app.person('ruled');
    const change = { currentPassword: PASSWORD, newPassword: password, newPasswordAgain: password };
    const changing = await person.submit('/settings/password', change);
    expect([changing.status, changing.text]).toEqual([422, expect.stringContaining(reason)]);
    await person.deleteAccount();
  });

  it.each(['', 'four louder harbourz'])('S57 wants the new one twice: %j', async (again) => {
    const person = await app.person('twice');
    const change = { currentPassword: PASSWORD, newPassword: 'four louder harbours' };
    const answer = await person.submit('/settings/password', {
      ...change,
      newPasswordAgain: again,
    });
    expect(answer.status).toBe(422);
    expect((await app.visitor().login('twice')).location).toBe('/');
    await person.deleteAccount();
  });

  it('PW-08 leaves managers, pasting and length to the person in every field', async () => {
    const person = await app.person('managed');
    const script = await person.get(
      /\/assets\/app[^"]*\.js/.exec((await person.get('/')).html)?.[0] ?? '',
    );
    expect(script.html).toContain('addEventListener');
    expect(script.html).not.toMatch(/paste/i);
    const pages: [string, string[]][] = [
      ['/settings/password', ['current-password', 'new-password', 'new-password']],
      ['/settings/email', []],
      ['/settings/delete', ['current-password']],
      ['/login', ['current-password']],
      ['/register', ['new-password', 'new-password']],
    ];
    for (const [path, kinds] of pages) {
      const visitor = path.startsWith('/settings') ? person : app.visitor();
      const { html } = await visitor.get(path);
      const fields = html.match(/<input[^>]*name="[^"]*password[^"]*"[^>]*>/gi) ?? [];
      expect([path, fields.map((field) => /autocomplete="([^"]*)"/.exec(field)?.[1])]).toEqual([
        path,
        kinds,
      ]);
      for (const field of fields) {
        expect(field).toContain('type="password"');
        expect(field).not.toMatch(/maxlength|pattern|readonly|\son\w+=/i);
      }
    }
  });
});

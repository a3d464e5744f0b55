import { startApp, type TestApp } from '../support/app.js';
import { someone } from '../support/identities.js';
import { decide, startFlow } from '../support/flows.js';
import type { Visitor } from '../support/visitor.js';

const PAGE = '/development/oauth';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

describe.each(['a stranger', 'a person signed in'])('S116 to %s', (who) => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = who === 'a stranger' ? app.visitor() : await app.person('developer');
  });

  const inspect = async (provider: string, person: object | string) => {
    const address = await startFlow(visitor, PAGE, `${PAGE}/${provider}`);
    return visitor.get(await decide(app.stub, address, person));
  };

  it.each(['google', 'github', 'facebook', 'gitlab'])(
    'shows what %s says and how it is read, and touches no account',
    async (provider) => {
      const [before, signedIn] = [await app.users(), await visitor.whoami()];
      const person = { ...someone(), name: 'Inspected', login: 'inspected' };
      const page = await inspect(provider, person);
      expect(page.status).toBe(200);
      expect(page.text).toContain(`"provider": "${provider}"`);
      expect(page.text).toContain(`"subject": "${person.subject}"`);
      expect(page.text.match(/"name": "Inspected"/g)).toHaveLength(2);
      expect(page.text).not.toMatch(/stub-(access|refresh|secret)-/);
      expect(await app.users()).toEqual(before);
      expect(await visitor.whoami()).toBe(signedIn);
    },
  );

  it.each([
    ['denies', 'You cancelled at Google.'],
    [{ behaviour: { at: 'userInfo', does: 'breaks' } }, 'Something went wrong at'],
  ])('comes back to its page when it fails by %j', async (person, sentence) => {
    const [before, signedIn] = [await app.users(), await visitor.whoami()];
    expect((await inspect('google', person)).location).toBe(PAGE);
    expect((await visitor.get(PAGE)).text).toContain(sentence);
    expect(await app.users()).toEqual(before);
    expect(await visitor.whoami()).toBe(signedIn);
  });
});

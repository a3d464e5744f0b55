import { startApp, type TestApp } from '../../support/app.js';
import { freshDatabase } from '../../support/database-address.js';
import { IDENTITIES, link, linksOf, someone } from '../../support/identities.js';
import { type Kind, otherServer, type OtherServer } from '../../support/other-server.js';
import { goThrough } from '../../support/flows.js';
import { PASSWORD } from '../../support/visitor.js';

/**
 * Registration, linking and limits on a server of another kind: whatever somebody else has gets its
 * sentence, however the server tells of it.
 */
export function servesAccounts(...kinds: Kind[]): void {
  let server: OtherServer;
  let app: TestApp;
  beforeAll(async () => {
    server = await otherServer(freshDatabase(), ...kinds);
    app = await startApp({ MONGODB_URI: server.uri });
    await app.owner('holder');
  });
  afterAll(async () => {
    await app.close();
    server.close();
  });

  const NAME = 'This username is taken';
  const ADDRESS = 'This email address already has an account';

  it('a new account with a taken name or address gets its sentence', async () => {
    const visitor = app.visitor();
    const sameName = await visitor.register('HOLDER', { email: 'other@example.com' });
    expect([sameName.status, sameName.text]).toEqual([422, expect.stringContaining(NAME)]);
    const sameAddress = await visitor.register('other', { email: 'holder@example.com' });
    expect([sameAddress.status, sameAddress.text]).toEqual([422, expect.stringContaining(ADDRESS)]);
  });

  it('a change to a taken name or address gets its sentence', async () => {
    const person = await app.person('changes');
    const renamed = await person.submit('/settings/profile', { username: 'holder', name: 'X' });
    expect([renamed.status, renamed.text]).toEqual([422, expect.stringContaining(NAME)]);
    const moved = await person.submit(
      '/settings/profile',
      { email: 'holder@example.com', currentPassword: PASSWORD },
      '/settings/email',
    );
    expect([moved.status, moved.text]).toEqual([422, expect.stringContaining(ADDRESS)]);
  });

  it('an identity of somebody else is not linked, and says so', async () => {
    const who = someone();
    await link(app, await app.person('first'), 'google', who);
    const second = await app.person('second');
    await link(app, second, 'google', who);
    expect((await second.get(IDENTITIES)).text).toContain('connected to another account');
  });

  it('of many who register one name or link one identity at once, one does and the others are told', async () => {
    const newcomers = Array.from({ length: 4 }, () => app.visitor());
    const registered = await Promise.all(
      newcomers.map((each, index) =>
        each.register('contested', { email: `contested-${index}@example.com` }),
      ),
    );
    const refused = registered.filter(({ status }) => status !== 303);
    expect(refused.map(({ status }) => status)).toEqual([422, 422, 422]);
    for (const { text } of refused) expect(text).toContain(NAME);

    const who = someone();
    const names = ['rival-a', 'rival-b', 'rival-c', 'rival-d'];
    const rivals = await Promise.all(names.map((name) => app.person(name)));
    await Promise.all(rivals.map((rival) => link(app, rival, 'google', who)));
    const pages = await Promise.all(rivals.map((rival) => rival.get(IDENTITIES)));
    const told = pages.filter(({ text }) => text.includes('connected to another account'));
    const links = await Promise.all(names.map((name) => linksOf(app, name)));
    expect([links.flat(), told.length]).toEqual([['google'], 3]);
  });

  it('two accounts from providers without an address are two accounts', async () => {
    for (const who of [someone({ email: null }), someone({ email: null })]) {
      const visitor = app.visitor();
      await goThrough(app.stub, visitor, 'google', who);
      expect(await visitor.whoami()).not.toBeNull();
    }
  });

  it('subjects of two providers are no pairs: each belongs to who has it there', async () => {
    const github = someone();
    const gitlab = someone();
    const one = await app.person('one');
    await link(app, one, 'github', github);
    await link(app, one, 'gitlab', gitlab);
    const two = await app.person('two');
    await link(app, two, 'gitlab', github);
    await link(app, two, 'github', gitlab);
    for (const name of ['one', 'two']) {
      expect((await linksOf(app, name)).toSorted()).toEqual(['github', 'gitlab']);
    }
  });

  it('five wrong passwords close an account to strangers, and to nobody else', async () => {
    await app.person('guessed');
    for (let count = 0; count < 5; count++) {
      expect((await app.visitor().login('guessed', 'wrong password')).status).toBe(422);
    }
    expect((await app.visitor().login('guessed')).status).toBe(429);
    expect((await app.visitor().login('holder')).status).toBe(303);
  });
}

import { startApp, type TestApp } from '../support/app.js';
import { IDENTITIES, keyAt, link, someone, unlink } from '../support/identities.js';
import { tokenRequests } from '../support/callbacks.js';
import { decide, startFlow, goThrough, providerAddress } from '../support/flows.js';

const MINUTE = 60_000;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

async function stored(username: string) {
  const user = await app.user(username);
  // As the schema has it.
  const identities = user?.['identities'] as { key: string }[];
  return { ...user, links: identities.map(({ key }) => key) };
}

describe('linking', () => {
  it('S87 says that it is done, shows since when, and the identity opens the account', async () => {
    const visitor = await app.person('linker');
    const who = someone();
    expect((await link(app, visitor, 'google', who)).location).toBe(IDENTITIES);
    const page = await visitor.get(IDENTITIES);
    expect(page.text).toContain('Google is connected.');
    expect(page.text).toMatch(/Ada Lovelace Connected \d+ \w+ \d{4} · never used to log in/);
    expect(page.html).toContain('aria-label="Disconnect Google"');
    const elsewhere = app.visitor();
    await goThrough(app.stub, elsewhere, 'google', who);
    expect(await elsewhere.whoami()).toBe('linker');
  });

  it('shows which accounts they are, the connected ones first, and what disconnecting costs', async () => {
    const visitor = await app.person('which');
    expect((await visitor.get(IDENTITIES)).text).not.toContain('Disconnecting one');
    await link(app, visitor, 'gitlab', someone({ login: 'which-at-gitlab' }));
    await link(app, visitor, 'google', someone({ email: 'which@google.example' }));
    const { html, text } = await visitor.get(IDENTITIES);
    const names = [...html.matchAll(/<h2>(?:<svg.*?<\/svg>)?\s*(\w+)<\/h2>/g)];
    expect(names.map(([, name]) => name)).toEqual([
      'Password',
      'Google',
      'GitLab',
      'Passkeys',
      'GitHub',
      'Facebook',
    ]);
    expect(text).toMatch(/Google which@google.example Connected \d/);
    expect(text).toMatch(/GitLab which-at-gitlab Connected \d/);
    expect(text).toContain('Disconnecting one logs out your other devices.');
  });

  it('SE-03 gives the session a new id, and the old one is dead', async () => {
    const visitor = await app.person('rotates');
    const other = app.visitor();
    await other.login('rotates');
    const thief = visitor.copy();
    expect(await thief.whoami()).toBe('rotates');
    await link(app, visitor, 'google', someone());
    expect(await visitor.whoami()).toBe('rotates');
    expect(await thief.whoami()).toBeNull();
    expect(await other.whoami()).toBe('rotates');
  });

  it('S89 is done already when the identity is theirs', async () => {
    const visitor = await app.person('again');
    const who = someone();
    await link(app, visitor, 'google', who);
    const before = await stored('again');
    // The settings offer no second link; a page that was open before does.
    const body = { _csrf: await visitor.token(IDENTITIES) };
    const onward = await visitor.send('POST', '/oauth/google/link', { body });
    await visitor.get(await decide(app.stub, providerAddress(onward), who));
    const page = await visitor.get(IDENTITIES);
    expect(page.text).not.toContain('connected to another account');
    expect((await stored('again')).links).toEqual(before.links);
  });

  it('S90 refuses a second identity of a provider, and the first one stays', async () => {
    const visitor = await app.person('second');
    const [first, second] = [someone(), someone()];
    await link(app, visitor, 'google', first);
    const body = { _csrf: await visitor.token(IDENTITIES) };
    const onward = await visitor.send('POST', '/oauth/google/link', { body });
    const callback = await decide(app.stub, providerAddress(onward), second);
    expect((await visitor.get(callback)).location).toBe(IDENTITIES);
    expect((await visitor.get(IDENTITIES)).text).toContain(
      'Another Google account is already connected',
    );
    expect((await stored('second')).links).toEqual([keyAt('google', first)]);
  });

  it('LK-05, S88 refuses an identity of another account, and both stay as they are', async () => {
    const who = someone();
    const owner = await app.person('first-one');
    await link(app, owner, 'github', { ...who, subject: '5550001' });
    const other = await app.person('later-one');
    const before = await app.users();
    await link(app, other, 'github', { ...who, subject: '5550001' });
    const page = await other.get(IDENTITIES);
    expect(page.text).toContain('This GitHub account is connected to another account here.');
    expect(page.text).not.toContain('first-one');
    expect(await app.users()).toEqual(before);
    // The way that the sentence shows.
    await unlink(owner, 'github');
    await link(app, other, 'github', { ...who, subject: '5550001' });
    expect((await stored('later-one')).links).toEqual(['stub:github 5550001']);
  });

  it('RC-04 gives one identity to one of two accounts that link it at once', async () => {
    const who = { subject: '5550002', email: null };
    const both = [await app.person('race-one'), await app.person('race-two')];
    const callbacks = await Promise.all(
      both.map(async (visitor) => {
        const address = await startFlow(visitor, IDENTITIES, '/oauth/github/link');
        return { visitor, path: await decide(app.stub, address, who) };
      }),
    );
    await Promise.all(callbacks.map(({ visitor, path }) => visitor.get(path)));
    const links = [...(await stored('race-one')).links, ...(await stored('race-two')).links];
    expect(links).toEqual(['stub:github 5550002']);
  });

  it('RC-04 links one of two identities of a provider that come at once', async () => {
    const visitor = await app.person('two-tabs');
    const flows: string[] = [];
    for (const subject of ['5550003', '5550004']) {
      const address = await startFlow(visitor, IDENTITIES, '/oauth/github/link');
      flows.push(await decide(app.stub, address, { subject, email: null }));
    }
    await Promise.all(flows.map((path) => visitor.copy().get(path)));
    expect((await stored('two-tabs')).links).toHaveLength(1);
  });

  it('S118 leads a person who declines back to the settings, still signed in', async () => {
    const visitor = await app.person('declines');
    expect((await link(app, visitor, 'google', 'denies')).location).toBe(IDENTITIES);
    const page = await visitor.get(IDENTITIES);
    expect(page.status).toBe(200);
    expect(page.text).toContain('You cancelled at Google. Nothing was changed.');
    expect(await visitor.whoami()).toBe('declines');
    expect((await stored('declines')).links).toEqual([]);
  });

  it('proves the address of the account when the provider vouches for the same one, alone', async () => {
    const same = await app.person('proves');
    await link(app, same, 'google', someone({ email: 'PROVES@example.com' }));
    expect(await stored('proves')).toHaveProperty('emailVerifiedAt', expect.any(Date));
    for (const [name, differs] of [
      ['other-address', { email: 'else@example.com' }],
      ['unverified', { email: 'unverified@example.com', emailVerified: false }],
    ] as const) {
      const visitor = await app.person(name);
      await link(app, visitor, 'google', someone(differs));
      expect((await stored(name)).links).toHaveLength(1);
      expect(await stored(name)).not.toHaveProperty('emailVerifiedAt');
      expect(await stored(name)).toHaveProperty('email', `${name}@example.com`);
    }
  });

  it('SU-01 asks for a proof that is not older than 15 minutes first', async () => {
    const visitor = await app.person('old-proof');
    app.advance(16 * MINUTE);
    const answer = await visitor.submit(IDENTITIES, {}, '/oauth/google/link');
    expect(answer.location).toBe('/settings/confirm?next=%2Fsettings%2Fidentities');
    await visitor.submit(
      answer.location ?? '',
      { currentPassword: 'three quiet harbours' },
      '/settings/confirm',
    );
    expect((await link(app, visitor, 'google', someone())).location).toBe(IDENTITIES);
    expect((await stored('old-proof')).links).toHaveLength(1);
  });

  it('SU-01 asks for another one when it grew old at the provider, and the code is not used', async () => {
    const visitor = await app.person('slow-there');
    app.advance(10 * MINUTE);
    const address = await startFlow(visitor, IDENTITIES, '/oauth/google/link');
    app.advance(6 * MINUTE);
    const asked = tokenRequests(app);
    const back = await visitor.get(await decide(app.stub, address, someone()));
    expect(back.location).toBe('/settings/confirm?next=%2Fsettings%2Fidentities');
    expect(tokenRequests(app)).toBe(asked);
    expect((await stored('slow-there')).links).toEqual([]);
    expect(await visitor.whoami()).toBe('slow-there');
  });

  it('SU-01 makes no proof younger: a session that only links has to prove itself again', async () => {
    const visitor = await app.person('keeps-linking');
    app.advance(10 * MINUTE);
    await link(app, visitor, 'google', someone());
    expect((await stored('keeps-linking')).links).toHaveLength(1);
    app.advance(6 * MINUTE);
    const answer = await unlink(visitor, 'google');
    expect(answer.location).toBe('/settings/confirm?next=%2Fsettings%2Fidentities');
    expect((await stored('keeps-linking')).links).toHaveLength(1);
  });
});

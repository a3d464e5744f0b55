import { startApp, type TestApp } from '../support/app.js';
import { IDENTITIES, comingBy, linksOf, someone, unlink } from '../support/identities.js';
import {
  type AtProvider,
  decide,
  startFlow,
  goThrough,
  providerAddress,
} from '../support/flows.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

const CONFIRM = '/settings/confirm?next=%2Fsettings%2Fidentities';
const MINUTE = 60_000;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const confirm = (visitor: Visitor, provider: string, at: AtProvider, page = CONFIRM) =>
  goThrough(app.stub, visitor, provider, at, { page, step: '/confirm' });

describe('a proof by a provider', () => {
  it.each(['/settings/password', '/settings/delete'])(
    'PW-09, SU-03, SU-04 is asked for before %s, and the login is none',
    async (page) => {
      const { visitor, who, username } = await comingBy(app, 'google');
      const asked = `/settings/confirm?next=${encodeURIComponent(page)}`;
      const body = {
        _csrf: await visitor.token('/settings/profile'),
        confirmation: username,
        newPassword: PASSWORD,
        newPasswordAgain: PASSWORD,
      };
      for (const later of [0, 16 * MINUTE]) {
        app.advance(later);
        expect((await visitor.get(page)).location).toBe(asked);
        expect((await visitor.send('POST', page, { body })).location).toBe(asked);
        expect(await app.user(username)).not.toHaveProperty('passwordHash');
        expect(await app.user(username)).toMatchObject({ username });
      }

      // Another identity, even of the right provider, is no proof.
      expect((await confirm(visitor, 'google', someone(), asked)).location).toBe(asked);
      expect((await visitor.get(asked)).text).toContain('This isn’t the Google account that’s');
      expect((await visitor.get(page)).location).toBe(asked);

      expect((await confirm(visitor, 'google', who, asked)).location).toBe(page);
      expect((await visitor.get(page)).status).toBe(200);
      // A proof of before is not one for ever.
      app.advance(16 * MINUTE);
      expect((await visitor.get(page)).location).toBe(asked);
    },
  );

  it('SU-01 is asked for before linking and unlinking', async () => {
    const { visitor, who, username } = await comingBy(app, 'google', 'github');
    app.advance(16 * MINUTE);
    expect((await unlink(visitor, 'google')).location).toBe(CONFIRM);
    const start = await visitor.submit(IDENTITIES, {}, '/oauth/facebook/link');
    expect(start.location).toBe(CONFIRM);
    await confirm(visitor, 'github', who);
    await unlink(visitor, 'google');
    expect(await linksOf(app, username)).toEqual(['github']);
  });

  it('SE-03 gives the session a new id, asks the provider for a fresh login, and S118 a refusal signs nobody out', async () => {
    const { visitor, who, username } = await comingBy(app, 'facebook');
    app.advance(16 * MINUTE);
    const thief = visitor.copy();
    expect((await confirm(visitor, 'facebook', 'denies')).location).toBe(CONFIRM);
    expect((await visitor.get(CONFIRM)).text).toContain('You cancelled at Facebook.');
    expect(await visitor.whoami()).toBe(username);
    const address = await startFlow(visitor, CONFIRM, '/oauth/facebook/confirm');
    expect(new URL(address).searchParams.get('auth_type')).toBe('reauthenticate');
    await visitor.get(await decide(app.stub, address, who));
    expect(await visitor.whoami()).toBe(username);
    expect(await thief.whoami()).toBeNull();
  });

  it('links nothing, even of a provider that is free', async () => {
    const { visitor, username } = await comingBy(app, 'google');
    app.advance(16 * MINUTE);
    const body = { _csrf: await visitor.token('/settings/profile') };
    const onward = await visitor.send('POST', '/oauth/github/confirm', { body });
    await visitor.get(await decide(app.stub, providerAddress(onward), someone()));
    expect(await linksOf(app, username)).toEqual(['google']);
    expect((await unlink(visitor, 'google')).location).toBe(CONFIRM);
  });
});

import { type Identity, identityKey } from '../../src/users/identity.js';
import { AccountChangedMeanwhile, IdentityTaken, LastWayIn } from '../../src/users/user.errors.js';
import type { NewUser, User } from '../../src/users/user.js';
import type { UserRepository } from '../../src/users/user.repository.js';
import type { UsersService } from '../../src/users/users.service.js';
import { setUpUsers, signedIn, type UsersSetup } from '../support/users-service.js';

const AT = new Date('2026-03-01T10:00:00.000Z');
const LATER = new Date('2026-03-02T11:30:00.000Z');

const at = (provider: string, subject: string): Identity => ({
  key: identityKey(`https://${provider}.example`, subject),
  provider,
});
const google = { ...at('google', '0042'), linkedAt: AT };
const github = { ...at('github', '9007199254740993'), linkedAt: AT };

/**
 * What the service makes of ways in, whatever keeps the accounts.
 *
 * @param make gives an empty repository that is ready, its unique indexes included
 */
export function userIdentitiesContract(name: string, make: () => Promise<UserRepository>): void {
  describe(`identities kept by ${name}`, () => {
    let setup: UsersSetup;
    let users: UsersService;
    beforeEach(async () => {
      setup = await setUpUsers(await make());
      users = setup.users;
    });

    const nora = (more: Partial<NewUser> = {}) =>
      users.register(
        { username: 'nora', email: 'Nora@Example.com', identities: [], ...more },
        'password',
      );
    const other = () => users.register({ username: 'other', identities: [] }, 'password');
    const stored = (user: User) => users.findById(user.id);

    describe('an identity', () => {
      it('OA-09 is found by issuer and subject together, exactly', async () => {
        const user = await nora({ identities: [google, github] });
        expect(await users.findByIdentity(google.key)).toEqual(user);
        expect(await users.findByIdentity(github.key)).toEqual(user);
        for (const { key } of [
          at('google', '42'),
          at('google', '9007199254740993'),
          at('github', '0042'),
          at('github', '9007199254740992'),
          at('Google', '0042'),
          at('google', ''),
        ]) {
          expect(await users.findByIdentity(key)).toBeNull();
        }
      });

      it('is linked with its token, and found from then on', async () => {
        const user = await nora();
        setup.now = LATER;
        const changed = await users.link(user, { ...at('google', '1'), sealedToken: 'sealed' });
        const identities = [{ ...at('google', '1'), sealedToken: 'sealed', linkedAt: LATER }];
        expect(changed).toEqual({ ...user, identities, revision: 1 });
        expect(await users.findByIdentity(at('google', '1').key)).toEqual(changed);
      });

      it('is linked beside that of another provider, without a token', async () => {
        const user = await nora({ identities: [google] });
        const changed = await users.link(user, at('github', github.key));
        expect(changed?.identities).toEqual([
          google,
          { ...at('github', github.key), linkedAt: setup.now },
        ]);
      });

      it('is not overwritten by a second one of its provider', async () => {
        const user = await nora({ identities: [google] });
        const second = { ...at('google', 'second'), sealedToken: 'sealed' };
        expect(await users.link(user, second)).toBeNull();
        expect(await stored(user)).toEqual(user);
        expect(await users.findByIdentity(second.key)).toBeNull();
      });

      it('LK-05 belongs to one account, linked or registered with', async () => {
        const owner = await nora({ identities: [google] });
        const second = await other();
        await expect(users.link(second, google)).rejects.toBeInstanceOf(IdentityTaken);
        const third = users.register({ username: 'third', identities: [google] }, 'google');
        await expect(third).rejects.toBeInstanceOf(IdentityTaken);
        expect(await stored(owner)).toEqual(owner);
        expect(await stored(second)).toEqual(second);
        expect(await users.findByLogin('third')).toEqual([]);
      });

      it('RC-04 is given to one of 20 accounts that link it at once', async () => {
        const all = await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            users.register({ username: `one-of-${n}`, identities: [] }, 'password'),
          ),
        );
        const outcomes = await Promise.allSettled(all.map((user) => users.link(user, google)));
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        const reasons = outcomes.flatMap((each) => (each.status === 'rejected' ? [each] : []));
        expect(reasons.every(({ reason }) => reason instanceof IdentityTaken)).toBe(true);
      });

      it('RC-04 is one of its provider, of two that are linked at once', async () => {
        const user = await nora();
        const outcomes = await Promise.all([
          users.link(user, google),
          users.link(user, at('google', 'second')),
        ]);
        expect(outcomes.filter(Boolean)).toHaveLength(1);
        expect((await stored(user))?.identities).toHaveLength(1);
      });

      it('RC-04 is linked beside that of another provider at the same moment', async () => {
        const user = await nora();
        await Promise.all([users.link(user, google), users.link(user, github)]);
        expect((await stored(user))?.identities).toHaveLength(2);
      });

      it('SE-07 is not linked by a session that was ended meanwhile', async () => {
        const user = await signedIn(setup, await nora({ passwordHash: setup.hash }));
        const changed = await users.changePassword(user, 'new');
        await expect(users.link(user, google)).rejects.toBeInstanceOf(AccountChangedMeanwhile);
        expect(await stored(user)).toEqual(changed);
      });
    });

    describe('an unlinked identity', () => {
      it('is gone with its token, and every session of before ends', async () => {
        const kept = { ...google, sealedToken: 'sealed too' };
        const user = await nora({ identities: [kept], passwordHash: setup.hash });
        const before = await users.link(user, { ...github, sealedToken: 'sealed' });
        const now = await users.unlink(before ?? user, 'github');
        const formerIdentities = [{ ...github, linkedAt: setup.now, unlinkedAt: setup.now }];
        expect(now).toEqual({ ...user, identities: [kept], formerIdentities, revision: 2 });
        expect(await stored(user)).toEqual(now);
        expect(await users.findByIdentity(github.key)).toBeNull();
        // The listener that revokes the token at the provider needs it once more.
        expect(setup.published.at(-1)).toMatchObject({
          user: before,
          identity: { key: github.key, sealedToken: 'sealed' },
        });
      });

      it('gives itself free for another account', async () => {
        const user = await nora({ identities: [google], passwordHash: setup.hash });
        await users.unlink(user, 'google');
        const next = await other();
        expect(await users.link(next, google)).not.toBeNull();
        expect((await users.findByIdentity(google.key))?.id).toBe(next.id);
      });

      it.each<[string, (hash: string) => Partial<NewUser>, string[]]>([
        ['there is no password', () => ({}), ['google', 'github']],
        ['the password is the empty text', () => ({ passwordHash: '' }), ['google']],
        ['the password is locked', () => ({ passwordHash: '!' }), ['google']],
        ['the hash is locked', (hash) => ({ passwordHash: `!${hash}` }), ['google']],
        ['the other provider is off', () => ({ identities: [google, github] }), ['google']],
        ['every provider is off', () => ({ identities: [google, github] }), []],
        ['the address could be a way one day', () => ({ emailVerifiedAt: AT }), ['google']],
      ])('LK-06 stays when %s', async (_why, more, usable) => {
        const user = await nora({ identities: [google], ...more(setup.hash) });
        setup.usable = usable;
        await expect(users.unlink(user, 'google')).rejects.toBeInstanceOf(LastWayIn);
        expect(await stored(user)).toEqual(user);
      });

      it.each<[string, (hash: string) => Partial<NewUser>, string[]]>([
        ['a password', (hash) => ({ passwordHash: hash }), []],
        ['another provider in use', () => ({ identities: [google, github] }), ['github']],
      ])('LK-06 goes when %s is left', async (_what, more, usable) => {
        const user = await nora({ identities: [google], ...more(setup.hash) });
        setup.usable = usable;
        expect((await users.unlink(user, 'google'))?.identities).not.toContainEqual(google);
      });

      it('is none where nothing was linked', async () => {
        const user = await nora({ identities: [google], passwordHash: setup.hash });
        for (const provider of ['github', 'Google']) {
          expect(await users.unlink(user, provider)).toBeNull();
        }
        expect(await stored(user)).toEqual(user);
      });

      it('LK-06 is never both of the last two, in 200 rounds of two at once', async () => {
        const both = ['google', 'github'];
        for (let round = 0; round < 200; round++) {
          const identities = both.map((each) => ({ ...at(each, `${round}`), linkedAt: AT }));
          const user = await users.register({ username: `round-${round}`, identities }, 'google');
          const outcomes = await Promise.allSettled(both.map((each) => users.unlink(user, each)));
          expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
          const left = await stored(user);
          expect(left?.identities).toHaveLength(1);
          // Nor does the one that is left go afterwards.
          const last = users.unlink(left ?? user, left?.identities[0]?.provider ?? '');
          await expect(last).rejects.toBeInstanceOf(LastWayIn);
        }
      });

      it('SE-07 is not taken away by a session that was ended meanwhile', async () => {
        const account = await nora({ identities: [google], passwordHash: setup.hash });
        const user = await signedIn(setup, account);
        const changed = await users.changePassword(user, 'new');
        const late = users.unlink(user, 'google');
        await expect(late).rejects.toBeInstanceOf(AccountChangedMeanwhile);
        expect(await stored(user)).toEqual(changed);
      });
    });

    describe('the use of an identity', () => {
      it('is noted with its name and token, and only where the identity is', async () => {
        const kept = { ...google, sealedToken: 'old', name: 'ada@example.com' };
        const user = await nora({ identities: [kept, github] });
        await users.noteUse(user, { ...at('google', 'another'), sealedToken: 'stray' });
        expect(await stored(user)).toEqual(user);
        setup.now = LATER;
        await users.noteUse(user, at('google', '0042'));
        expect((await stored(user))?.identities).toEqual([{ ...kept, lastUsedAt: LATER }, github]);
        const used = { ...at('google', '0042'), name: 'lovelace@example.com', sealedToken: 'new' };
        expect(await users.noteUse(user, used)).toEqual(await stored(user));
        expect((await stored(user))?.identities).toEqual([
          { ...used, linkedAt: AT, lastUsedAt: LATER },
          github,
        ]);
      });
    });

    it('RC-12 brings a deleted account back by nothing that comes late', async () => {
      const user = await nora({ identities: [google], passwordHash: setup.hash });
      await users.delete(user);
      for (const late of [
        () => users.link(user, github),
        () => users.unlink(user, 'google'),
        () => setup.emails.verify(user, 'nora@example.com'),
        () => setup.emails.forgetMoved(user),
      ]) {
        await expect(late()).rejects.toBeInstanceOf(AccountChangedMeanwhile);
      }
      await users.noteUse(user, { ...at('google', '0042'), sealedToken: 'sealed' });
      expect(await stored(user)).toBeNull();
      expect(await users.findByIdentity(google.key)).toBeNull();
    });
  });
}

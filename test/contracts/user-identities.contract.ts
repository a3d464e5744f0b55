import { EmailAlreadyRegistered, IdentityTaken } from '../../src/users/user.errors.js';
import type { LinkedIdentity, NewUser, User } from '../../src/users/user.js';
import type { UserRepository } from '../../src/users/user.repository.js';

const AT = new Date('2026-03-01T10:00:00.000Z');
const LATER = new Date('2026-03-02T11:30:00.000Z');
const ALL = ['google', 'github', 'facebook'];

const google: LinkedIdentity = { provider: 'google', subject: '0042', linkedAt: AT };
const github: LinkedIdentity = { provider: 'github', subject: '9007199254740993', linkedAt: AT };
const nora: NewUser = { username: 'nora', email: 'Nora@Example.com', createdAt: AT };
const HASH = '$lk1$hash';

/**
 * What every adapter of the port does with ways in and addresses.
 *
 * @param make gives an empty repository that is ready, its unique indexes included
 */
export function userIdentitiesContract(name: string, make: () => Promise<UserRepository>): void {
  describe(`${name} as a repository of identities`, () => {
    let users: UserRepository;
    beforeEach(async () => {
      users = await make();
    });

    const insert = (more: Partial<NewUser> = {}) => users.insert({ ...nora, ...more });
    const linked = (user: User, ...identities: LinkedIdentity[]) => ({ ...user, identities });

    describe('an identity', () => {
      it('OA-09 is found by provider and subject together, exactly', async () => {
        const user = await insert({ identities: [google, github] });
        expect(await users.findByIdentity(google)).toEqual(user);
        expect(await users.findByIdentity(github)).toEqual(user);
        for (const other of [
          { provider: 'google', subject: '42' },
          { provider: 'google', subject: '9007199254740993' },
          { provider: 'github', subject: '0042' },
          { provider: 'github', subject: '9007199254740992' },
          { provider: 'Google', subject: '0042' },
          { provider: 'google', subject: '' },
        ]) {
          expect(await users.findByIdentity(other)).toBeNull();
        }
      });

      it('is linked with its token, and found from then on', async () => {
        const user = await insert();
        const changed = await users.link(user.id, user.sessionEpoch, google, 'sealed');
        expect(changed).toEqual({ ...linked(user, google), sealedTokens: { google: 'sealed' } });
        expect(await users.findByIdentity(google)).toEqual(changed);
      });

      it('is linked beside that of another provider, without a token', async () => {
        const user = await insert({ identities: [google] });
        expect(await users.link(user.id, user.sessionEpoch, github)).toEqual(
          linked(user, google, github),
        );
      });

      it('is not overwritten by a second one of its provider', async () => {
        const user = await insert({ identities: [google] });
        const second = { ...google, subject: 'second' };
        expect(await users.link(user.id, user.sessionEpoch, second, 'sealed')).toBeNull();
        expect(await users.findById(user.id)).toEqual(user);
        expect(await users.findByIdentity(second)).toBeNull();
      });

      it('LK-05 belongs to one account, linked or registered with', async () => {
        const owner = await insert({ identities: [google] });
        const other = await insert({ username: 'other', email: 'other@example.com' });
        const taken = users.link(other.id, other.sessionEpoch, google, 'sealed');
        await expect(taken).rejects.toBeInstanceOf(IdentityTaken);
        const third = insert({ username: 'third', email: 'third@x.org', identities: [google] });
        await expect(third).rejects.toBeInstanceOf(IdentityTaken);
        expect(await users.findById(owner.id)).toEqual(owner);
        expect(await users.findById(other.id)).toEqual(other);
        expect(await users.findByUsername('third')).toBeNull();
      });

      it('RC-04 is given to one of 20 accounts that link it at once', async () => {
        const all = await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            users.insert({ username: `one-of-${n}`, createdAt: AT }),
          ),
        );
        const outcomes = await Promise.allSettled(
          all.map(({ id, sessionEpoch }) => users.link(id, sessionEpoch, google)),
        );
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        const reasons = outcomes.flatMap((each) => (each.status === 'rejected' ? [each] : []));
        expect(reasons.every(({ reason }) => reason instanceof IdentityTaken)).toBe(true);
      });

      it('RC-04 is one of its provider, of two that are linked at once', async () => {
        const { id, sessionEpoch } = await insert();
        const outcomes = await Promise.all([
          users.link(id, sessionEpoch, google),
          users.link(id, sessionEpoch, { ...google, subject: 'second' }),
        ]);
        expect(outcomes.filter(Boolean)).toHaveLength(1);
        expect((await users.findById(id))?.identities).toHaveLength(1);
      });

      it('SE-07 is not linked by a session that was ended meanwhile', async () => {
        const user = await insert({ passwordHash: HASH });
        const changed = await users.changePassword(user.id, 0, '$lk1$new', LATER);
        expect(await users.link(user.id, user.sessionEpoch, google)).toBeNull();
        expect(await users.findById(user.id)).toEqual(changed);
      });
    });

    describe('an unlinked identity', () => {
      it('is gone with its token, and every session of before ends', async () => {
        const { id, sessionEpoch } = await insert({ identities: [google], passwordHash: HASH });
        const before = await users.link(id, sessionEpoch, github, 'sealed');
        await users.keepToken(google, 'sealed too');
        const told = await users.unlink(id, sessionEpoch, 'github', ALL);
        expect(told).toEqual({
          ...before,
          sealedTokens: { github: 'sealed', google: 'sealed too' },
        });
        const now = await users.findById(id);
        expect(now).toMatchObject({ identities: [google], sessionEpoch: sessionEpoch + 1 });
        expect(now?.sealedTokens).toEqual({ google: 'sealed too' });
        expect(await users.findByIdentity(github)).toBeNull();
      });

      it('gives itself free for another account', async () => {
        const user = await insert({ identities: [google], passwordHash: HASH });
        await users.unlink(user.id, user.sessionEpoch, 'google', ALL);
        const other = await users.insert({ username: 'other', createdAt: AT });
        expect(await users.link(other.id, other.sessionEpoch, google)).not.toBeNull();
        expect((await users.findByIdentity(google))?.id).toBe(other.id);
      });

      it.each([
        ['there is no password', {}, ALL],
        ['the password is the empty text', { passwordHash: '' }, ALL],
        ['the password is locked', { passwordHash: '!' }, ALL],
        ['the hash is locked', { passwordHash: '!$lk1$hash' }, ALL],
        ['the other provider is not in use', { identities: [google, github] }, ['google']],
        ['no provider is in use', { identities: [google, github] }, []],
        ['the address could be a way one day', { emailVerifiedAt: AT }, ALL],
      ])('LK-06 stays when %s', async (_why, more, usable) => {
        const user = await insert({ identities: [google], ...more });
        expect(await users.unlink(user.id, user.sessionEpoch, 'google', usable)).toBeNull();
        expect(await users.findById(user.id)).toEqual(user);
      });

      it.each([
        ['a password', { passwordHash: HASH }, []],
        ['another provider in use', { identities: [google, github] }, ['github']],
      ])('LK-06 goes when %s is left', async (_what, more, usable) => {
        const user = await insert({ identities: [google], ...more });
        expect(await users.unlink(user.id, user.sessionEpoch, 'google', usable)).toEqual(user);
        expect((await users.findById(user.id))?.identities).not.toContainEqual(google);
      });

      it('is none where nothing was linked', async () => {
        const user = await insert({ identities: [google], passwordHash: HASH });
        for (const provider of ['github', 'Google']) {
          expect(await users.unlink(user.id, user.sessionEpoch, provider, ALL)).toBeNull();
        }
        expect(await users.findById(user.id)).toEqual(user);
      });

      it('LK-06 is never both of the last two, in 200 rounds of two at once', async () => {
        for (let round = 0; round < 200; round++) {
          const subject = `round-${round}`;
          const { id, sessionEpoch } = await users.insert({
            username: `round-${round}`,
            createdAt: AT,
            identities: [
              { ...google, subject },
              { ...github, subject },
            ],
          });
          const outcomes = await Promise.all([
            users.unlink(id, sessionEpoch, 'google', ALL),
            users.unlink(id, sessionEpoch, 'github', ALL),
          ]);
          expect(outcomes.filter(Boolean)).toHaveLength(1);
          // Nor does the one that is left go with the new epoch.
          for (const provider of ['google', 'github']) {
            expect(await users.unlink(id, sessionEpoch + 1, provider, ALL)).toBeNull();
          }
          expect((await users.findById(id))?.identities).toHaveLength(1);
        }
      });

      it('SE-07 is not taken away by a session that was ended meanwhile', async () => {
        const user = await insert({ identities: [google], passwordHash: HASH });
        const changed = await users.changePassword(user.id, 0, '$lk1$new', LATER);
        expect(await users.unlink(user.id, user.sessionEpoch, 'google', ALL)).toBeNull();
        expect(await users.findById(user.id)).toEqual(changed);
      });
    });

    describe('a kept token', () => {
      it('is replaced, and only where the identity is', async () => {
        const user = await insert({ identities: [google], sealedTokens: { google: 'old' } });
        await users.keepToken({ ...google, subject: 'another' }, 'stray');
        await users.keepToken(github, 'stray');
        expect(await users.findById(user.id)).toEqual(user);
        await users.keepToken(google, 'new');
        expect((await users.findById(user.id))?.sealedTokens).toEqual({ google: 'new' });
      });
    });

    describe('a proved address', () => {
      it('is the one of the account, once', async () => {
        const user = await insert();
        await users.verifyEmail(user.id, 'other@example.com', LATER);
        expect(await users.findById(user.id)).toEqual(user);
        await users.verifyEmail(user.id, 'nora@example.com', AT);
        await users.verifyEmail(user.id, 'nora@example.com', LATER);
        expect(await users.findById(user.id)).toEqual({ ...user, emailVerifiedAt: AT });
      });
    });

    describe('a released address', () => {
      it('is free for another account, and nothing else of the old one changes', async () => {
        const { email, ...rest } = await insert({ passwordHash: HASH, identities: [google] });
        expect(await users.releaseEmail(rest.id, 'nora@example.com', LATER)).toBe(true);
        expect(await users.findById(rest.id)).toEqual({ ...rest, emailMovedAt: LATER });
        expect(await users.findByEmail('nora@example.com')).toBeNull();
        const next = await users.insert({ username: 'next', createdAt: AT, email: `${email}` });
        expect((await users.findByEmail('nora@example.com'))?.id).toBe(next.id);
        await users.forgetMovedEmail(rest.id);
        expect(await users.findById(rest.id)).toEqual(rest);
      });

      it('LK-01 is never one that was proved, or another than the account has', async () => {
        const user = await insert({ emailVerifiedAt: AT });
        expect(await users.releaseEmail(user.id, 'nora@example.com', LATER)).toBe(false);
        expect(await users.releaseEmail(user.id, 'other@example.com', LATER)).toBe(false);
        expect(await users.findById(user.id)).toEqual(user);
        const again = insert({ username: 'again' });
        await expect(again).rejects.toBeInstanceOf(EmailAlreadyRegistered);
      });

      it('is proved or released, of the two at once', async () => {
        for (let round = 0; round < 20; round++) {
          const email = `round-${round}@example.com`;
          const { id } = await insert({ username: `round-${round}`, email });
          await Promise.all([
            users.verifyEmail(id, email, LATER),
            users.releaseEmail(id, email, LATER),
          ]);
          const user = await users.findById(id);
          expect(user?.email === undefined).toBe(user?.emailVerifiedAt === undefined);
        }
      });
    });

    it('RC-12 brings a deleted account back by nothing that comes late', async () => {
      const { id, sessionEpoch } = await insert({ identities: [google], passwordHash: HASH });
      expect(await users.delete(id, 0)).toMatchObject({ id, identities: [google] });
      expect(await users.link(id, sessionEpoch, github, 'sealed')).toBeNull();
      expect(await users.unlink(id, sessionEpoch, 'google', ALL)).toBeNull();
      await users.keepToken(google, 'sealed');
      await users.verifyEmail(id, 'nora@example.com', LATER);
      expect(await users.releaseEmail(id, 'nora@example.com', LATER)).toBe(false);
      await users.forgetMovedEmail(id);
      expect(await users.findById(id)).toBeNull();
      expect(await users.findByIdentity(google)).toBeNull();
    });
  });
}

import { EmailAlreadyRegistered } from '../../src/users/user.errors.js';
import { AccountChangedMeanwhile, UsernameTaken } from '../../src/users/user.errors.js';
import type { User } from '../../src/users/user.js';
import type { UserRepository } from '../../src/users/user.repository.js';
import type { UsersService } from '../../src/users/users.service.js';
import { setUpUsers, signedIn, type UsersSetup } from '../support/users-service.js';

const LATER = new Date('2026-03-02T11:30:00.000Z');
const ada = {
  username: 'Ada',
  name: 'Ada Lovelace',
  email: 'Ada@Example.com',
  passwordHash: 'hash-1',
  identities: [],
};
const bob = { username: 'bob', email: 'bob@example.com', identities: [] };

/**
 * What the service makes of profiles, addresses, passwords and deletions, whatever keeps the accounts.
 *
 * @param make gives an empty repository that is ready, its unique indexes included
 */
export function userAccountsContract(name: string, make: () => Promise<UserRepository>): void {
  describe(`accounts kept by ${name}`, () => {
    let setup: UsersSetup;
    let users: UsersService;
    beforeEach(async () => {
      setup = await setUpUsers(await make());
      users = setup.users;
    });
    const register = (account: Parameters<UsersService['register']>[0] = ada) =>
      users.register(account, 'password');
    /** The account as another request left it. */
    const changedMeanwhile = (user: User) => users.changePassword(user, 'hash-2');

    describe('a registered account', () => {
      it('is found by what was typed, in any letters', async () => {
        const user = await register();
        expect(user).toMatchObject({ ...ada, createdAt: setup.now, passwordChangedAt: setup.now });
        expect(await users.findById(user.id)).toEqual(user);
        expect(await users.findByLogin('ADA')).toEqual([user]);
        expect(await users.findByLogin(' ada@EXAMPLE.com')).toEqual([user]);
      });

      it('has no date of a password that it has not', async () => {
        expect(await register(bob)).not.toHaveProperty('passwordChangedAt');
      });
    });

    describe('a changed profile', () => {
      it('has the new names and nothing else that is new', async () => {
        const user = await register();
        const changed = await users.changeProfile(user, { username: 'Countess', name: 'A. L.' });
        expect(changed).toEqual({
          ...user,
          username: 'Countess',
          name: 'A. L.',
          formerUsernames: [{ username: 'Ada', replacedAt: setup.now }],
          revision: 1,
        });
        expect(await users.findByLogin('countess')).toEqual([changed]);
        expect(await users.findByLogin('ada')).toEqual([]);
      });

      it('may not have the name of another, and stays as it was', async () => {
        const user = await register();
        await register(bob);
        const taken = users.changeProfile(user, { username: 'BOB', name: 'Robert' });
        await expect(taken).rejects.toBeInstanceOf(UsernameTaken);
        expect(await users.findById(user.id)).toEqual(user);
      });

      it('has no display name when it is taken away', async () => {
        const { id } = await users.changeProfile(await register(), { username: 'Ada', name: null });
        expect(await users.findById(id)).not.toHaveProperty('name');
      });
    });

    describe('a changed address', () => {
      it('is one that nobody has verified', async () => {
        const user = await register();
        await setup.emails.verify(user, 'ada@example.com');
        const verified = (await users.findById(user.id)) ?? user;
        setup.now = LATER;
        const changed = await setup.emails.change(verified, 'New@Example.com');
        const email = { email: 'New@Example.com', emailPlace: 1, emailSince: LATER };
        expect(changed).toEqual({ ...user, ...email, revision: 2 });
        expect(await users.findByLogin('new@example.com')).toEqual([changed]);
        expect(await users.findByLogin('ada@example.com')).toEqual([]);
      });

      it('may be the first one, and may be the own one in other letters', async () => {
        const { email: _, ...bare } = bob;
        const user = await setup.emails.change(await register(bare), 'bob@example.com');
        await setup.emails.verify(user, 'bob@example.com');
        const verified = (await users.findById(user.id)) ?? user;
        const changed = await setup.emails.change(verified, 'BOB@example.com');
        expect(changed).toMatchObject({ email: 'BOB@example.com', emailPlace: 1 });
        // Some hosts tell letters apart: what another spelling reaches was not shown.
        expect(changed).not.toHaveProperty('emailVerifiedAt');
      });

      it('takes none away that was verified after the change was decided', async () => {
        const user = await register();
        await setup.emails.verify(user, 'ada@example.com');
        const late = setup.emails.change(user, 'new@example.com');
        await expect(late).rejects.toBeInstanceOf(AccountChangedMeanwhile);
        expect(await users.findByLogin('ada@example.com')).toMatchObject([{ emailPlace: 0 }]);
      });

      it('stays verified when it is the same', async () => {
        const user = await register(bob);
        await setup.emails.verify(user, 'bob@example.com');
        const changed = await setup.emails.change(user, 'bob@example.com');
        expect(changed).toMatchObject({ emailPlace: 0, emailVerifiedAt: setup.now });
      });

      it('may not be one that another has verified, and stays as it was', async () => {
        const user = await register();
        await setup.emails.verify(await register(bob), 'bob@example.com');
        const taken = setup.emails.change(user, 'BOB@example.com');
        await expect(taken).rejects.toBeInstanceOf(EmailAlreadyRegistered);
        expect(await users.findById(user.id)).toEqual(user);
      });
    });

    describe('a changed password', () => {
      it.each([ada, bob])('ends the sessions of before and has its date: $username', async (of) => {
        const user = await register(of);
        setup.now = LATER;
        const changed = await users.changePassword(user, 'hash-2');
        expect(changed).toEqual({
          ...user,
          passwordHash: 'hash-2',
          passwordChangedAt: LATER,
          revision: 1,
        });
        expect(await users.findById(user.id)).toEqual(changed);
      });

      it('is another one though its hash was made anew meanwhile', async () => {
        const user = await register();
        await users.renewHash(user, 'hash-1b');
        expect((await users.changePassword(user, 'hash-2')).passwordHash).toBe('hash-2');
      });

      it.each([ada, bob])('SE-07 is one of two at once, of $username', async (account) => {
        const user = await signedIn(setup, await register(account));
        const changes = await Promise.allSettled([
          users.changePassword(user, 'hash-2'),
          users.changePassword(user, 'hash-3'),
        ]);
        const won = changes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
        expect(await users.findById(user.id)).toEqual(won[0]);
        expect(won).toHaveLength(1);
      });
    });

    describe('a hash made anew', () => {
      it('leaves sessions and the date of the password as they are', async () => {
        const user = await register();
        setup.now = LATER;
        await users.renewHash(user, 'hash-1b');
        const renewed = { ...user, passwordHash: 'hash-1b', revision: 1 };
        expect(await users.findById(user.id)).toEqual(renewed);
      });

      it('does not undo a change of the password that came first', async () => {
        const user = await register();
        const changed = await changedMeanwhile(user);
        await users.renewHash(user, 'hash-1b');
        expect(await users.findById(user.id)).toEqual(changed);
      });

      it('is made once, of two at once', async () => {
        const user = await register();
        await Promise.all([users.renewHash(user, 'hash-1b'), users.renewHash(user, 'hash-1c')]);
        expect((await users.findById(user.id))?.revision).toBe(1);
      });
    });

    describe('a session that was ended meanwhile', () => {
      it.each<[string, (user: User) => Promise<unknown>]>([
        ['another password', (user) => users.changePassword(user, 'hash-3')],
        ['another address', (user) => setup.emails.change(user, 'new@example.com')],
        ['another profile', (user) => users.changeProfile(user, { username: 'eve', name: null })],
        ['a deletion', (user) => users.delete(user)],
      ])('SE-07 makes nothing of %s', async (_, ask) => {
        for (const account of [ada, bob]) {
          const user = await signedIn(setup, await register(account));
          const changed = await changedMeanwhile(user);
          await expect(ask(user)).rejects.toBeInstanceOf(AccountChangedMeanwhile);
          expect(await users.findById(user.id)).toEqual(changed);
        }
      });
    });

    describe('a deleted account', () => {
      it('is gone, and the others are not', async () => {
        const user = await register();
        const other = await register(bob);
        await users.delete(user);
        expect(await users.findById(user.id)).toBeNull();
        expect(await users.findByLogin('ada')).toEqual([]);
        expect(await users.findById(other.id)).toEqual(other);
      });

      it('is deleted as it is by now', async () => {
        const user = await register();
        await users.changeProfile(user, { username: 'Countess', name: null });
        await users.delete(user);
        expect(await users.findById(user.id)).toBeNull();
      });

      it('is deleted once, of two at once', async () => {
        const user = await register();
        await Promise.all([users.delete(user), users.delete(user)]);
        expect(setup.published.map(({ name: each }) => each)).toEqual(['registered', 'deleted']);
      });

      it('RC-12 is made again by nothing that comes late', async () => {
        const user = await register();
        await users.delete(user);
        await users.delete(user);
        for (const late of [
          () => users.changeProfile(user, { username: 'Ada', name: 'Ada' }),
          () => setup.emails.change(user, 'ada@example.com'),
          () => users.changePassword(user, 'hash-2'),
          () => users.renewHash(user, 'hash-2'),
        ]) {
          await expect(late()).rejects.toBeInstanceOf(AccountChangedMeanwhile);
        }
        expect(await users.findById(user.id)).toBeNull();
        expect(await users.findByLogin('ada')).toEqual([]);
        expect(await users.findByLogin('ada@example.com')).toEqual([]);
      });
    });
  });
}

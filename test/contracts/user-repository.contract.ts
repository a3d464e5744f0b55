import { EmailAlreadyRegistered, UsernameTaken } from '../../src/users/user.errors.js';
import { canonicalEmail } from '../../src/users/email-address.js';
import type { NewUser } from '../../src/users/user.js';
import { canonicalUsername } from '../../src/users/username.js';
import type { UserRepository } from '../../src/users/user.repository.js';

const CREATED = new Date('2026-03-01T10:00:00.000Z');
const LATER = new Date('2026-03-02T11:30:00.000Z');

const ada: NewUser = {
  username: 'Ada',
  name: 'Ada Lovelace',
  email: 'Ada@Example.com',
  emailVerifiedAt: CREATED,
  passwordHash: 'hash-1',
  createdAt: CREATED,
};
const bob: NewUser = { username: 'bob', email: 'bob@example.com', createdAt: CREATED };

/**
 * What every adapter of the port does.
 *
 * @param make gives an empty repository that is ready, its unique indexes included
 */
export function userRepositoryContract(name: string, make: () => Promise<UserRepository>): void {
  describe(`${name} as a repository of accounts`, () => {
    let users: UserRepository;
    beforeEach(async () => {
      users = await make();
    });

    describe('an inserted account', () => {
      it('is found by its id, name and address, as it was typed', async () => {
        const user = await users.insert(ada);
        expect(user).toEqual({
          ...ada,
          id: expect.stringMatching(/./),
          identities: [],
          sessionEpoch: 0,
          passwordChangedAt: CREATED,
        });
        expect(await users.findById(user.id)).toEqual(user);
        expect(await users.findByUsername(canonicalUsername('ADA'))).toEqual(user);
        expect(await users.findByEmail(canonicalEmail('ada@EXAMPLE.com'))).toEqual(user);
      });

      it('has no field that it did not start with', async () => {
        const { id } = await users.insert({ username: 'bare', createdAt: CREATED });
        const found = await users.findById(id);
        expect(Object.keys(found ?? {}).toSorted()).toEqual([
          'createdAt',
          'id',
          'identities',
          'sessionEpoch',
          'username',
        ]);
      });

      it('keeps the identities that it started with', async () => {
        const identities = [{ provider: 'github', subject: '007', linkedAt: CREATED }];
        const { id } = await users.insert({ ...bob, identities });
        expect(await users.findById(id)).toMatchObject({ identities });
      });

      it('is the only one found among several', async () => {
        const user = await users.insert(ada);
        const other = await users.insert(bob);
        expect(other.id).not.toBe(user.id);
        expect((await users.findByUsername('bob'))?.id).toBe(other.id);
        expect((await users.findByEmail('ada@example.com'))?.id).toBe(user.id);
      });
    });

    it('finds nothing under what nobody has', async () => {
      await users.insert({ username: 'bare', createdAt: CREATED });
      expect(await users.findById('nonsense')).toBeNull();
      expect(await users.findById('')).toBeNull();
      expect(await users.findById('0123456789abcdef01234567')).toBeNull();
      expect(await users.findByUsername('nobody')).toBeNull();
      expect(await users.findByUsername('')).toBeNull();
      expect(await users.findByEmail('nobody@example.com')).toBeNull();
      expect(await users.findByEmail('')).toBeNull();
    });

    describe('a name and an address', () => {
      it.each(['Ada', 'ADA', 'ada'])(
        'UN-01 UN-02 belong to one account: %s is taken',
        async (username) => {
          await users.insert(ada);
          const again = users.insert({ username, createdAt: CREATED });
          await expect(again).rejects.toBeInstanceOf(UsernameTaken);
        },
      );

      it.each(['Ada@Example.com', 'ADA@EXAMPLE.COM', 'ada@ｅxample.com'])(
        'UN-01 UN-02 belong to one account: %s is taken',
        async (email) => {
          await users.insert(ada);
          const again = users.insert({ username: 'eve', email, createdAt: CREATED });
          await expect(again).rejects.toBeInstanceOf(EmailAlreadyRegistered);
          expect(await users.findByUsername('eve')).toBeNull();
        },
      );

      it('are given to one of 50 that ask for the name at once', async () => {
        const asking = Array.from({ length: 50 }, (_, n) =>
          users.insert({
            username: n % 2 ? 'Carol' : 'CAROL',
            email: `carol${n}@example.com`,
            createdAt: CREATED,
          }),
        );
        const { won, lost } = await outcomesOf(asking);
        expect(won).toHaveLength(1);
        expect(lost.every((reason) => reason instanceof UsernameTaken)).toBe(true);
        expect(await users.findByUsername('carol')).toEqual(won[0]);
      });

      it('are given to one of 50 that ask for the address at once', async () => {
        const asking = Array.from({ length: 50 }, (_, n) =>
          users.insert({
            username: `carol${n}`,
            email: n % 2 ? 'carol@example.com' : 'Carol@Example.COM',
            createdAt: CREATED,
          }),
        );
        const { won, lost } = await outcomesOf(asking);
        expect(won).toHaveLength(1);
        expect(lost.every((reason) => reason instanceof EmailAlreadyRegistered)).toBe(true);
        expect(await users.findByEmail('carol@example.com')).toEqual(won[0]);
      });

      it('may be without an address, for any number of accounts', async () => {
        await users.insert({ username: 'one', createdAt: CREATED });
        await users.insert({ username: 'two', createdAt: CREATED });
        expect(await users.findByUsername('one')).not.toBeNull();
        expect(await users.findByUsername('two')).not.toBeNull();
      });
    });

    describe('a changed profile', () => {
      it('is found under the new name and not the old one', async () => {
        const user = await users.insert(ada);
        const changed = await users.updateProfile(user.id, { username: 'Countess', name: 'A. L.' });
        expect(changed).toEqual({ ...user, username: 'Countess', name: 'A. L.' });
        expect(await users.findByUsername('countess')).toEqual(changed);
        expect(await users.findByUsername('ada')).toBeNull();
      });

      it('may have the own name in other letters', async () => {
        const user = await users.insert(ada);
        const changed = await users.updateProfile(user.id, { username: 'aDA', name: 'Ada' });
        expect(changed).toMatchObject({ id: user.id, username: 'aDA', name: 'Ada' });
        expect((await users.findByUsername('ada'))?.username).toBe('aDA');
      });

      it('may not have the name of another, and stays as it was', async () => {
        const user = await users.insert(ada);
        await users.insert(bob);
        const taken = users.updateProfile(user.id, { username: 'BOB', name: 'Robert' });
        await expect(taken).rejects.toBeInstanceOf(UsernameTaken);
        expect(await users.findById(user.id)).toEqual(user);
      });

      it('has no display name when it is taken away', async () => {
        const { name: _name, ...rest } = await users.insert(ada);
        expect(await users.updateProfile(rest.id, { username: 'Ada', name: null })).toEqual(rest);
        expect(await users.findById(rest.id)).not.toHaveProperty('name');
      });

      it('gives the old name free', async () => {
        const user = await users.insert(ada);
        await users.updateProfile(user.id, { username: 'countess', name: null });
        const next = await users.insert({ username: 'ada', createdAt: LATER });
        expect((await users.findByUsername('ada'))?.id).toBe(next.id);
      });
    });

    describe('a changed address', () => {
      it('is one that nobody has proved', async () => {
        const { emailVerifiedAt: _proved, ...rest } = await users.insert(ada);
        const changed = await users.updateEmail(rest.id, 0, 'New@Example.com');
        expect(changed).toEqual({ ...rest, email: 'New@Example.com' });
        expect(await users.findByEmail('new@example.com')).toEqual(changed);
        expect(await users.findByEmail('ada@example.com')).toBeNull();
      });

      it('is not changed by a session that was ended meanwhile', async () => {
        const user = await users.insert(ada);
        await users.changePassword(user.id, user.sessionEpoch, 'hash-2', LATER);
        expect(await users.updateEmail(user.id, user.sessionEpoch, 'new@example.com')).toBeNull();
        expect((await users.findById(user.id))?.email).toBe(ada.email);
      });

      it('may be the first one', async () => {
        const { id } = await users.insert({ username: 'bare', createdAt: CREATED });
        await users.updateEmail(id, 0, 'bare@example.com');
        expect((await users.findByEmail('bare@example.com'))?.id).toBe(id);
      });

      it('may be the own one in other letters', async () => {
        const { id } = await users.insert(ada);
        expect((await users.updateEmail(id, 0, 'ADA@example.com'))?.email).toBe('ADA@example.com');
      });

      it('may not be that of another, and stays as it was', async () => {
        const user = await users.insert(ada);
        await users.insert(bob);
        const taken = users.updateEmail(user.id, 0, 'BOB@example.com');
        await expect(taken).rejects.toBeInstanceOf(EmailAlreadyRegistered);
        expect(await users.findById(user.id)).toEqual(user);
      });
    });

    describe('a changed password', () => {
      it('ends the sessions of before and carries its date', async () => {
        const user = await users.insert(ada);
        const changed = await users.changePassword(user.id, 0, 'hash-2', LATER);
        expect(changed).toEqual({
          ...user,
          passwordHash: 'hash-2',
          passwordChangedAt: LATER,
          sessionEpoch: user.sessionEpoch + 1,
        });
        expect(await users.findById(user.id)).toEqual(changed);
      });

      it.each([
        ['another', ada],
        ['the first', bob],
      ])('SE-07 is not %s one by a session that was ended meanwhile', async (_, account) => {
        const { id, sessionEpoch } = await users.insert(account);
        const changed = await users.changePassword(id, sessionEpoch, 'hash-2', LATER);
        expect(await users.changePassword(id, sessionEpoch, 'hash-3', LATER)).toBeNull();
        expect(await users.findById(id)).toEqual(changed);
      });

      it('is another one though its hash was made anew meanwhile', async () => {
        const { id, sessionEpoch } = await users.insert(ada);
        await users.replaceHash(id, 'hash-1', 'hash-1b');
        const changed = await users.changePassword(id, sessionEpoch, 'hash-2', LATER);
        expect(changed?.passwordHash).toBe('hash-2');
      });

      it('may be the first one', async () => {
        const user = await users.insert(bob);
        expect(await users.changePassword(user.id, 0, 'hash-1', LATER)).toMatchObject({
          passwordHash: 'hash-1',
          passwordChangedAt: LATER,
          sessionEpoch: user.sessionEpoch + 1,
        });
      });

      it.each([ada, bob])('is one of two at once, of $username', async (account) => {
        const user = await users.insert(account);
        const changes = await Promise.all([
          users.changePassword(user.id, 0, 'hash-2', LATER),
          users.changePassword(user.id, 0, 'hash-3', LATER),
        ]);
        const won = changes.filter((change) => change !== null);
        expect(won).toHaveLength(1);
        expect(await users.findById(user.id)).toEqual(won[0]);
        expect(won[0]?.sessionEpoch).toBe(user.sessionEpoch + 1);
      });
    });

    describe('a hash made anew', () => {
      it('leaves sessions and the date of the password as they are', async () => {
        const user = await users.insert(ada);
        await users.replaceHash(user.id, 'hash-1', 'hash-1b');
        expect(await users.findById(user.id)).toEqual({ ...user, passwordHash: 'hash-1b' });
      });

      it('does not undo a change of the password that came first', async () => {
        const user = await users.insert(ada);
        const changed = await users.changePassword(user.id, 0, 'hash-2', LATER);
        await users.replaceHash(user.id, 'hash-1', 'hash-1b');
        expect(await users.findById(user.id)).toEqual(changed);
      });

      it('gives no password to an account without one', async () => {
        const user = await users.insert(bob);
        await users.replaceHash(user.id, 'hash-1', 'hash-1b');
        expect(await users.findById(user.id)).toEqual(user);
      });
    });

    describe('a deleted account', () => {
      it('is gone, and the others are not', async () => {
        const user = await users.insert(ada);
        const other = await users.insert(bob);
        expect(await users.delete(user.id, 0)).toEqual(user);
        expect(await users.findById(user.id)).toBeNull();
        expect(await users.findByUsername('ada')).toBeNull();
        expect(await users.findByEmail('ada@example.com')).toBeNull();
        expect(await users.findById(other.id)).toEqual(other);
      });

      it('is deleted by one of two at once', async () => {
        const { id } = await users.insert(ada);
        const deletions = await Promise.all([users.delete(id, 0), users.delete(id, 0)]);
        expect(deletions.filter(Boolean)).toHaveLength(1);
      });

      it('SE-07 is not deleted by a session that was ended meanwhile', async () => {
        const { id, sessionEpoch } = await users.insert(ada);
        const changed = await users.changePassword(id, sessionEpoch, 'hash-2', LATER);
        expect(await users.delete(id, sessionEpoch)).toBeNull();
        expect(await users.findById(id)).toEqual(changed);
      });

      it('is made again by nothing that comes late', async () => {
        const { id } = await users.insert(ada);
        await users.delete(id, 0);
        expect(await users.updateProfile(id, { username: 'Ada', name: 'Ada' })).toBeNull();
        expect(await users.updateEmail(id, 0, 'ada@example.com')).toBeNull();
        expect(await users.changePassword(id, 0, 'hash-2', LATER)).toBeNull();
        await users.replaceHash(id, 'hash-1', 'hash-2');
        expect(await users.delete(id, 0)).toBeNull();
        expect(await users.findById(id)).toBeNull();
        expect(await users.findByUsername('ada')).toBeNull();
        expect(await users.findByEmail('ada@example.com')).toBeNull();
      });

      it('gives its name and address free, under another id', async () => {
        const first = await users.insert(ada);
        await users.delete(first.id, 0);
        const second = await users.insert(ada);
        expect(second.id).not.toBe(first.id);
      });
    });
  });
}

async function outcomesOf<T>(work: Promise<T>[]): Promise<{ won: T[]; lost: unknown[] }> {
  const outcomes = await Promise.allSettled(work);
  return {
    won: outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
    lost: outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])),
  };
}

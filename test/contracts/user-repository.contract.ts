import {
  EmailAlreadyRegistered,
  IdentityTaken,
  PasskeyTaken,
  UsernameTaken,
} from '../../src/users/user.errors.js';
import type { UserRepository } from '../../src/users/user.repository.js';
import type { NewUser, User, UserChange } from '../../src/users/user.js';
import { ada, bob, CREATED, github, identity, passkey } from './sample-accounts.js';

/**
 * What every adapter of the port does with new accounts, look-ups and what is unique.
 *
 * @param make gives an empty repository that is ready, its unique indexes included
 */
export function userRepositoryContract(name: string, make: () => Promise<UserRepository>): void {
  describe(`${name} as a repository of accounts`, () => {
    let users: UserRepository;
    beforeEach(async () => {
      users = await make();
    });

    const insert = (user: Partial<NewUser> & Pick<NewUser, 'username'>): Promise<User> =>
      users.insert({ id: users.newId(), identities: [], createdAt: CREATED, ...user }, []);
    const update = (user: User, change: UserChange) => users.update(user, change, []);

    describe('an inserted account', () => {
      it('is found by its id, name, address and identity, as it was typed', async () => {
        const id = users.newId();
        const user = await insert({ ...ada, id });
        expect(user).toEqual({ ...ada, id, createdAt: CREATED, revision: 0, sessions: [] });
        expect(await users.findById(id)).toEqual(user);
        expect(await users.findByUsername('ada')).toEqual(user);
        expect(await users.findByEmail('ada@example.com')).toEqual([user]);
        expect(await users.findByIdentity(github.key)).toEqual(user);
      });

      it('has no field that it did not start with', async () => {
        const { id } = await insert({ username: 'bare' });
        expect(Object.keys((await users.findById(id)) ?? {}).toSorted()).toEqual([
          'createdAt',
          'id',
          'identities',
          'revision',
          'sessions',
          'username',
        ]);
      });

      it('has an id of its own', async () => {
        const ids = Array.from({ length: 1000 }, () => users.newId());
        expect(new Set(ids).size).toBe(1000);
      });

      it('is the only one found among several', async () => {
        const user = await insert(ada);
        const other = await insert({ ...bob, identities: [identity('github', '7')] });
        expect(await users.findByUsername('bob')).toEqual(other);
        expect(await users.findByEmail('ada@example.com')).toEqual([user]);
        expect(await users.findByIdentity(github.key)).toEqual(user);
      });
    });

    it('finds nothing under what nobody has', async () => {
      await insert({ username: 'bare' });
      for (const id of ['nonsense', '', '0123456789abcdef01234567', users.newId()]) {
        expect(await users.findById(id)).toBeNull();
      }
      for (const nothing of ['nobody', 'nobody@example.com', '', ' ']) {
        expect(await users.findByUsername(nothing)).toBeNull();
        expect(await users.findByEmail(nothing)).toEqual([]);
        expect(await users.findByIdentity(nothing)).toBeNull();
      }
    });

    it('OA-09 finds an account by the exact key of an identity alone', async () => {
      await insert(ada);
      const near = ['GitHub', 'github '].map((provider) => identity(provider, '007'));
      for (const { key } of [identity('github', '7'), identity('google', '007'), ...near]) {
        expect(await users.findByIdentity(key)).toBeNull();
      }
      expect(await users.findByIdentity(github.key.toUpperCase())).toBeNull();
    });

    it('PK-04 finds an account by the exact id of a passkey, which no other account can have', async () => {
      const user = await insert({ ...ada, passkeys: [passkey('one'), passkey('Two')] });
      expect(await users.findByPasskey('Two')).toEqual(user);
      for (const id of ['two', 'Tw', '']) expect(await users.findByPasskey(id)).toBeNull();
      const eve = await insert({ username: 'eve' });
      const taken = update(eve, { passkeys: [passkey('mine'), passkey('one')] });
      await expect(taken).rejects.toBeInstanceOf(PasskeyTaken);
      const again = insert({ username: 'mallory', passkeys: [passkey('Two')] });
      await expect(again).rejects.toBeInstanceOf(PasskeyTaken);
      expect(await users.findById(eve.id)).toEqual(eve);
      await update(user, { passkeys: [passkey('Two')] });
      expect(await update(eve, { passkeys: [passkey('one')] })).not.toBeNull();
    });

    describe('accounts that claim one address', () => {
      const email = (spelled: string, emailPlace?: number) => ({
        email: spelled,
        ...(emailPlace !== undefined && { emailPlace }),
      });

      it('are all found by it, whatever their place, and the ones without a place are not', async () => {
        const claims = [];
        for (const place of [0, 1, 2, 3, 4, 5]) {
          claims.push(await insert({ username: `u${place}`, ...email('Ada@Example.com', place) }));
        }
        const waiting = await insert({ username: 'waiting', ...email('ada@example.com') });
        await insert({ username: 'other', ...email('dada@example.com', 1) });
        const found = await users.findByEmail('ada@example.com');
        expect(found.toSorted((a, b) => a.username.localeCompare(b.username))).toEqual(claims);
        expect(await users.findById(waiting.id)).toEqual(waiting);
      });

      it('free their place as they change it', async () => {
        const one = await insert({ username: 'one', ...email('ada@example.com', 1) });
        const two = await insert({ username: 'two', ...email('ada@example.com', 2) });
        const same = update(two, email('ada@example.com', 1));
        await expect(same).rejects.toBeInstanceOf(EmailAlreadyRegistered);
        await update(one, email('ada@example.com', 0));
        expect(await update(two, email('ada@example.com', 1))).toMatchObject({ emailPlace: 1 });
      });
    });

    describe('a name, a place at an address and an identity', () => {
      const taken: [string, Partial<NewUser>, new () => Error][] = [
        ['the name Ada', { username: 'Ada' }, UsernameTaken],
        ['the name ADA', { username: 'ADA' }, UsernameTaken],
        ['the address', { email: 'Ada@Example.com', emailPlace: 0 }, EmailAlreadyRegistered],
        ['its capitals', { email: 'ADA@EXAMPLE.COM', emailPlace: 0 }, EmailAlreadyRegistered],
        ['its full width', { email: 'ada@ｅxample.com', emailPlace: 0 }, EmailAlreadyRegistered],
        ['the identity', { identities: [identity('gitlab', '1'), github] }, IdentityTaken],
      ];

      it.each(taken)(
        'UN-01 UN-02 belong to one account: %s is taken for a new one',
        async (_, fields, refusal) => {
          await insert(ada);
          const again = insert({ username: 'eve', ...fields });
          await expect(again).rejects.toBeInstanceOf(refusal);
          expect(await users.findByUsername('eve')).toBeNull();
        },
      );

      it.each(taken)(
        'UN-01 UN-02 belong to one account: %s is taken for another one',
        async (_, fields, refusal) => {
          await insert(ada);
          const eve = await insert({ username: 'eve' });
          await expect(update(eve, { ...fields, name: 'E' })).rejects.toBeInstanceOf(refusal);
          expect(await users.findById(eve.id)).toEqual(eve);
        },
      );

      it.each<[string, Partial<NewUser>, new () => Error]>([
        ['name', { username: 'carol' }, UsernameTaken],
        ['address', { email: 'Carol@Example.com', emailPlace: 3 }, EmailAlreadyRegistered],
        ['identity', { identities: [github] }, IdentityTaken],
      ])('RC-04 are given to one of 50 that ask for the %s at once', async (_, same, refusal) => {
        const each = (n: number) => ({ username: `c${n}`, email: `c${n}@example.com`, ...same });
        const { won, lost } = await outcomesOf(
          Array.from({ length: 50 }, (__, n) => insert({ ...each(n) })),
        );
        expect(won).toHaveLength(1);
        expect(lost).toEqual(Array.from({ length: 49 }, () => expect.any(refusal)));
      });

      it.each<[string, UserChange, new () => Error]>([
        ['name', { username: 'carol' }, UsernameTaken],
        ['address', { email: 'Carol@Example.com', emailPlace: 3 }, EmailAlreadyRegistered],
        ['identity', { identities: [github] }, IdentityTaken],
      ])(
        'RC-04 are given to one of two that change to the %s at once',
        async (_, same, refusal) => {
          const two = [await insert({ username: 'one' }), await insert({ username: 'two' })];
          const { won, lost } = await outcomesOf(two.map((user) => update(user, same)));
          expect(won).toHaveLength(1);
          expect(lost).toEqual([expect.any(refusal)]);
        },
      );

      it('may be without an address, for any number of accounts', async () => {
        const two = [await insert({ username: 'one' }), await insert({ username: 'two' })];
        for (const user of two) expect(await users.findById(user.id)).toEqual(user);
      });

      it('OA-09 pairs no provider of an account with the subject of another', async () => {
        await insert({
          username: 'ada',
          identities: [identity('github', '12345'), identity('gitlab', '777')],
        });
        const crossed = [identity('gitlab', '12345'), identity('github', '777')];
        for (const { key } of crossed) expect(await users.findByIdentity(key)).toBeNull();
        const eve = await insert({ username: 'eve', identities: crossed });
        expect(await users.findByIdentity(identity('gitlab', '12345').key)).toEqual(eve);
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

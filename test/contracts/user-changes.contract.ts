import type { StoredWay, UserRepository } from '../../src/users/user.repository.js';
import type { NewUser, User, UserChange } from '../../src/users/user.js';
import { ada, bob, CREATED, github, identity, LATER, passkey } from './sample-accounts.js';

const SESSION = {
  startedAt: CREATED,
  lastSeenAt: CREATED,
  authenticatedAt: CREATED,
  methods: ['password'],
  remember: false,
};

/**
 * What every adapter of the port does with changes and deletions.
 *
 * @param make gives an empty repository that is ready, its unique indexes included
 */
export function userChangesContract(name: string, make: () => Promise<UserRepository>): void {
  describe(`${name} as a repository of accounts`, () => {
    let users: UserRepository;
    beforeEach(async () => {
      users = await make();
    });

    const insert = (user: Partial<NewUser> & Pick<NewUser, 'username'>): Promise<User> =>
      users.insert({ id: users.newId(), identities: [], createdAt: CREATED, ...user }, []);
    const update = (user: User, change: UserChange) => users.update(user, change, []);

    describe('a change', () => {
      it('has the fields that it names, and what it does not name stays', async () => {
        const user = await insert(ada);
        const changed = await update(user, { username: 'Countess', emailMovedAt: LATER });
        const expected = { ...user, username: 'Countess', emailMovedAt: LATER, revision: 1 };
        expect(changed).toEqual(expected);
        expect(await users.findById(user.id)).toEqual(expected);
      });

      it('finds the reset of the factors that has waited longest for its mail, and none before', async () => {
        const factorReset = { askedAt: CREATED, due: LATER, mailAt: LATER };
        const soon = new Date(LATER.getTime() - 1);
        await update(await insert(bob), { factorReset });
        const user = await update(await insert(ada), {
          factorReset: { ...factorReset, mailAt: soon },
        });
        expect(user?.factorReset).toEqual({ ...factorReset, mailAt: soon });
        expect(await users.findDueReset(CREATED)).toBeNull();
        expect(await users.findDueReset(LATER)).toEqual(user);
        const mailed = { askedAt: CREATED, due: LATER, linkSince: LATER };
        if (user) await update(user, { factorReset: mailed });
        expect((await users.findDueReset(LATER))?.username).toBe(bob.username);
      });

      it('raises the revision, whatever it changes', async () => {
        const user = await insert(ada);
        expect((await update(user, { name: 'Countess' }))?.revision).toBe(1);
      });

      it('has null for a field that goes away', async () => {
        const user = await insert(ada);
        const { name: _n, email: _e, emailPlace: _p, emailVerifiedAt: _v, ...rest } = user;
        const change = { name: null, email: null, emailVerifiedAt: null, emailMovedAt: LATER };
        const changed = { ...rest, emailMovedAt: LATER, revision: 1 };
        expect(await update(rest, change)).toEqual(changed);
        expect(await users.findById(rest.id)).toEqual(changed);
        expect(await users.findByEmail('ada@example.com')).toEqual([]);
      });

      it('takes the place at an address away that it does not name', async () => {
        const { emailPlace: _, ...rest } = await insert(ada);
        const changed = { ...rest, email: 'other@example.com', revision: 1 };
        expect(await update(rest, { email: 'other@example.com' })).toEqual(changed);
        for (const email of ['ada@example.com', 'other@example.com']) {
          expect(await users.findByEmail(email)).toEqual([]);
        }
      });

      it('is looked up by the new name, address and identity, and frees the old ones', async () => {
        const gitlab = identity('gitlab', '007');
        const address = { email: 'Lady@Example.com', emailPlace: 1 };
        const change = { username: 'Lady', ...address, identities: [gitlab] };
        const changed = await update(await insert(ada), change);
        expect(await users.findByUsername('lady')).toEqual(changed);
        expect(await users.findByEmail('lady@example.com')).toEqual([changed]);
        expect(await users.findByIdentity(gitlab.key)).toEqual(changed);
        expect(await users.findByUsername('ada')).toBeNull();
        const next = await insert(ada);
        expect(await users.findByUsername('ada')).toEqual(next);
        expect(await users.findByIdentity(github.key)).toEqual(next);
      });

      it('may give an account its own name, address and identity again, in other letters', async () => {
        const user = await insert(ada);
        const address = { email: 'ADA@example.com', emailPlace: 0 };
        const change = { username: 'aDA', ...address, identities: [github] };
        expect(await update(user, change)).toEqual({ ...user, ...change, revision: 1 });
      });

      it('is made on the account as it was read, and on no other', async () => {
        const user = await insert(ada);
        const other = await insert(bob);
        const changed = await update(user, { name: 'Second' });
        expect(await update(user, { name: 'Third' })).toBeNull();
        expect(await update({ ...user, revision: 7 }, { name: 'Third' })).toBeNull();
        expect(await users.findById(user.id)).toEqual(changed);
        expect(await users.findById(other.id)).toEqual(other);
      });

      it('is one of twenty that were decided on the same account at once', async () => {
        const user = await insert(ada);
        const asked = Array.from({ length: 20 }, (_, n) => update(user, { name: `Ada ${n}` }));
        const changes = (await Promise.all(asked)).filter((change) => change !== null);
        expect(changes).toHaveLength(1);
        expect(await users.findById(user.id)).toEqual(changes[0]);
      });
    });

    describe('a change that asks for a way in', () => {
      const put = { id: 'phone', ...SESSION };
      const asking = (user: User, wayIn: StoredWay) =>
        users.update({ id: user.id, wayIn }, { sessions: { put } }, []);

      it('is made by a password though everything else has changed, its hash too', async () => {
        const user = await insert({ ...ada, passwordHash: 'hash', passwordChangedAt: CREATED });
        const wayIn = { kind: 'password', changedAt: CREATED } as const;
        await update(user, { name: 'Second', identities: [], passwordHash: 'newer hash' });
        expect(await asking(user, wayIn)).toMatchObject({ name: 'Second', sessions: [put] });
        const old = await insert({ ...bob, passwordHash: 'hash' });
        expect(await asking(old, { ...wayIn, changedAt: undefined })).not.toBeNull();
      });

      it.each<[string, UserChange]>([
        ['another one', { passwordChangedAt: LATER }],
        ['none', { passwordHash: null }],
      ])('SE-07 is refused where the password is %s by now', async (_, change) => {
        const user = await insert({ ...ada, passwordHash: 'hash', passwordChangedAt: CREATED });
        await update(user, change);
        const wayIn = { kind: 'password', changedAt: CREATED } as const;
        expect(await asking(user, wayIn)).toBeNull();
        expect(await asking(user, { ...wayIn, changedAt: undefined })).toBeNull();
        expect((await users.findById(user.id))?.sessions).toEqual([]);
      });

      const mailbox = { kind: 'mail', email: ada.email, verifiedAt: CREATED } as const;

      it('is made by a verified mailbox, beside a password and without one', async () => {
        const user = await insert(ada);
        await update(user, { name: 'Second', identities: [], passwordHash: 'newer hash' });
        const wayIn = { ...mailbox, passwordChangedAt: CREATED };
        expect(await asking(user, wayIn)).toMatchObject({ name: 'Second', sessions: [put] });
        const other = await insert({ ...bob, emailPlace: 0, emailVerifiedAt: CREATED });
        const without = { ...mailbox, email: bob.email, passwordChangedAt: undefined };
        expect(await asking(other, without)).not.toBeNull();
      });

      it.each<[string, UserChange]>([
        ['another one', { email: 'other@example.com', emailPlace: 0 }],
        ['none', { email: null, emailPlace: null }],
        ['unverified', { emailVerifiedAt: null }],
        ['verified anew', { emailVerifiedAt: LATER }],
        ['of an account with a new password', { passwordChangedAt: LATER }],
      ])('SE-07 is refused where the mailbox is %s by now', async (_, change) => {
        const user = await insert(ada);
        await update(user, change);
        expect(await asking(user, { ...mailbox, passwordChangedAt: CREATED })).toBeNull();
        expect((await users.findById(user.id))?.sessions).toEqual([]);
      });

      it('is made by an identity that is linked, beside others and under another name', async () => {
        const user = await insert({ ...ada, identities: [identity('google', '1'), github] });
        const wayIn = { kind: 'identity', ...github } as const;
        await update(user, { identities: [{ ...github, name: 'lovelace' }] });
        expect(await asking(user, wayIn)).toMatchObject({ sessions: [put] });
      });

      it('is made by the passkey that was used, beside others and with a newer counter', async () => {
        const user = await insert({ ...ada, passkeys: [passkey('one'), passkey('two')] });
        const wayIn = { kind: 'passkey', id: 'two', addedAt: CREATED } as const;
        await update(user, { passkeys: [passkey('two', { counter: 7 })] });
        expect(await asking(user, wayIn)).toMatchObject({ sessions: [put] });
      });

      it.each([
        ['removed', [passkey('one')]],
        ['added anew', [passkey('two', { addedAt: LATER })]],
        ['one of two that it is in part', [passkey('one'), passkey('two', { addedAt: LATER })]],
      ])('LK-06 is refused where the passkey was %s', async (_, passkeys) => {
        const user = await insert({ ...ada, passkeys: [passkey('one'), passkey('two')] });
        await update(user, { passkeys });
        const wayIn = { kind: 'passkey', id: 'two', addedAt: CREATED } as const;
        expect(await asking(user, wayIn)).toBeNull();
        expect((await users.findById(user.id))?.sessions).toEqual([]);
      });

      it.each([
        ['linked no more', []],
        ['linked anew', [{ ...github, linkedAt: LATER }]],
        [
          'one of two that it is in part',
          [
            { ...github, key: 'https://github.com 9' },
            { ...identity('google', '1'), linkedAt: LATER },
          ],
        ],
      ])('LK-06 is refused where the identity is %s', async (_, identities) => {
        const user = await insert({ ...ada, identities: [github] });
        await update(user, { identities });
        expect(await asking(user, { kind: 'identity', ...github })).toBeNull();
        expect((await users.findById(user.id))?.sessions).toEqual([]);
      });

      it('is refused where the account is gone', async () => {
        const user = await insert({ ...ada, identities: [github] });
        await users.delete(user, []);
        expect(await asking(user, { kind: 'identity', ...github })).toBeNull();
      });
    });

    describe('a deleted account', () => {
      it('is gone, and the others are not', async () => {
        const user = await insert(ada);
        const other = await insert(bob);
        expect(await users.delete(user, [])).toBe(true);
        expect(await users.findById(user.id)).toBeNull();
        expect(await users.findByUsername('ada')).toBeNull();
        expect(await users.findByEmail('ada@example.com')).toEqual([]);
        expect(await users.findByIdentity(github.key)).toBeNull();
        expect(await users.findById(other.id)).toEqual(other);
      });

      it('is deleted as it was read, and not when it changed since', async () => {
        const user = await insert(ada);
        const changed = await update(user, { name: 'Second' });
        expect(await users.delete(user, [])).toBe(false);
        expect(await users.findById(user.id)).toEqual(changed);
      });

      it('is deleted by one of two at once', async () => {
        const user = await insert(ada);
        const deletions = await Promise.all([users.delete(user, []), users.delete(user, [])]);
        expect(deletions.toSorted()).toEqual([false, true]);
      });

      it('RC-12 is deleted or changed, of the two at once', async () => {
        for (let round = 0; round < 20; round++) {
          const user = await insert({ username: `round-${round}` });
          const [deleted, changed] = await Promise.all([
            users.delete(user, []),
            update(user, { name: 'Still here' }),
          ]);
          expect(await users.findById(user.id)).toEqual(deleted ? null : changed);
        }
      });

      it('RC-12 is made again by nothing that comes late', async () => {
        const user = await insert(ada);
        await users.delete(user, []);
        expect(await update(user, { ...ada })).toBeNull();
        expect(await users.delete(user, [])).toBe(false);
        expect(await users.findById(user.id)).toBeNull();
        expect(await users.findByUsername('ada')).toBeNull();
        expect(await users.findByIdentity(github.key)).toBeNull();
      });

      it('gives its name, address and identity free, under another id', async () => {
        const first = await insert(ada);
        await users.delete(first, []);
        expect((await insert(ada)).id).not.toBe(first.id);
      });
    });
  });
}

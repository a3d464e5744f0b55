import type { EmailsService } from '../../src/users/emails.service.js';
import { identityKey } from '../../src/users/identity.js';
import { EmailAlreadyRegistered } from '../../src/users/user.errors.js';
import type { NewUser, User } from '../../src/users/user.js';
import type { UserRepository } from '../../src/users/user.repository.js';
import type { UsersService } from '../../src/users/users.service.js';
import { setUpUsers, type UsersSetup } from '../support/users-service.js';

const AT = new Date('2026-03-01T10:00:00.000Z');
const LATER = new Date('2026-03-02T11:30:00.000Z');
const NORA = 'nora@example.com';
const google = {
  key: identityKey('https://google.example', '0042'),
  provider: 'google',
  linkedAt: AT,
};

/**
 * What the service makes of addresses that several people give as theirs, whatever keeps the accounts.
 *
 * @param make gives an empty repository that is ready, its unique indexes included
 */
export function userEmailsContract(name: string, make: () => Promise<UserRepository>): void {
  describe(`addresses kept by ${name}`, () => {
    let setup: UsersSetup;
    let users: UsersService;
    let emails: EmailsService;
    beforeEach(async () => {
      setup = await setUpUsers(await make());
      ({ users, emails } = setup);
    });

    const register = (
      username: string,
      more: Partial<NewUser> = {},
      ...waits: Parameters<UsersService['register']>[2][]
    ) =>
      users.register(
        { username, email: 'Nora@Example.com', identities: [], ...more },
        'password',
        ...waits,
      );
    const registerMany = (count: number, ...waits: Parameters<UsersService['register']>[2][]) =>
      Promise.allSettled(Array.from({ length: count }, (_, n) => register(`n-${n}`, {}, ...waits)));
    const stored = async (user: User) => {
      const found = await users.findById(user.id);
      if (!found) throw new Error('The account is gone');
      return found;
    };
    const made = (outcomes: PromiseSettledResult<User>[]) =>
      outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const moved = () => setup.published.filter((event) => event.name === 'email-moved');

    describe('an address that nobody has verified', () => {
      it('is claimed by five, and a sixth is refused', async () => {
        for (let n = 1; n <= 5; n++)
          expect(await register(`n-${n}`)).toMatchObject({ emailPlace: n });
        await expect(register('sixth')).rejects.toBeInstanceOf(EmailAlreadyRegistered);
        expect(await users.findByLogin('sixth')).toEqual([]);
      });

      it('RC-02 has five claims of twenty that are made at once, and fifteen that wait', async () => {
        const all = made(await registerMany(20, ['full']));
        const places = all.map(({ emailPlace }) => emailPlace ?? 6).toSorted((a, b) => a - b);
        expect(places).toEqual([1, 2, 3, 4, 5, ...Array(15).fill(6)]);
      });

      it('RC-02 is refused to fifteen of twenty at once where nobody may wait', async () => {
        const outcomes = await registerMany(20);
        expect(made(outcomes)).toHaveLength(5);
        for (const each of outcomes) {
          if (each.status === 'rejected')
            expect(each.reason).toBeInstanceOf(EmailAlreadyRegistered);
        }
      });

      it('means the oldest claim at a log-in, though a later one has a lower place', async () => {
        const first = await register('first');
        setup.now = LATER;
        const second = await register('second');
        setup.now = new Date(LATER.getTime() + 1);
        await users.delete(first);
        const third = await register('third');
        expect([second.emailPlace, third.emailPlace]).toEqual([2, 1]);
        expect(await users.findByLogin(NORA)).toEqual([second, third]);
      });

      it('never means an account that waits', async () => {
        const all = made(await registerMany(7, ['full']));
        const claims = all.filter(({ emailPlace }) => emailPlace !== undefined);
        expect(new Set(await users.findByLogin(NORA))).toEqual(new Set(claims));
      });

      it('is claimed by a change of the address in the same way', async () => {
        for (let n = 1; n <= 4; n++) await register(`n-${n}`);
        const user = await register('fifth', { email: 'other@example.com' });
        expect(await emails.change(user, NORA)).toMatchObject({ email: NORA, emailPlace: 5 });
        const late = await register('late', { email: 'other@example.com' });
        await expect(emails.change(late, NORA)).rejects.toBeInstanceOf(EmailAlreadyRegistered);
        expect(await stored(late)).toEqual(late);
        const waiting = await emails.change(late, NORA, {}, ['full']);
        expect(waiting).toMatchObject({ email: NORA });
        expect(waiting).not.toHaveProperty('emailPlace');
      });
    });

    describe('a verified address', () => {
      it('is the one of the account, once', async () => {
        const user = await register('nora');
        expect(await emails.verify(user, 'other@example.com')).toBe('not-theirs');
        expect(await stored(user)).toEqual(user);
        expect(await emails.verify(user, NORA)).toBe('verified');
        setup.now = LATER;
        expect(await emails.verify(user, NORA)).toBe('verified');
        const verified = { ...user, emailPlace: 0, emailVerifiedAt: AT, revision: 1 };
        expect(await stored(user)).toEqual(verified);
      });

      it('LK-01 is taken from all others, who keep everything else and are told', async () => {
        const others = [
          await register('one', { passwordHash: setup.hash, identities: [google] }),
          await register('two'),
        ];
        const owner = await register('owner');
        setup.now = LATER;
        expect(await emails.verify(owner, NORA)).toBe('verified');
        for (const { email: _e, emailPlace: _p, emailSince: _s, ...rest } of others) {
          expect(await stored({ ...rest })).toEqual({ ...rest, emailMovedAt: LATER, revision: 1 });
        }
        expect(moved().map(({ accountId }) => accountId)).toEqual(others.map(({ id }) => id));
        expect((await users.findByLogin(NORA)).map(({ id }) => id)).toEqual([owner.id]);
        const [first] = others;
        if (first) await emails.forgetMoved(first);
        expect(first && (await stored(first))).not.toHaveProperty('emailMovedAt');
      });

      it('LK-01 goes to a new account that comes with it verified', async () => {
        const squatter = await register('squatter');
        const owner = await register('owner', { emailVerifiedAt: AT });
        expect(owner).toMatchObject({ emailPlace: 0 });
        expect(await stored(squatter)).not.toHaveProperty('email');
        expect(await setup.claims.owner(NORA)).toEqual(owner);
      });

      it('is nobody else’s from then on: not of a new account, a changed or a verified one', async () => {
        const owner = await register('owner', { emailVerifiedAt: AT });
        const refused = EmailAlreadyRegistered;
        await expect(register('again')).rejects.toBeInstanceOf(refused);
        await expect(register('again', {}, ['full'])).rejects.toBeInstanceOf(refused);
        await expect(register('again', { emailVerifiedAt: AT })).rejects.toBeInstanceOf(refused);
        const other = await register('other', { email: 'other@example.com' });
        await expect(emails.change(other, NORA)).rejects.toBeInstanceOf(refused);
        const waiting = await register('waiting', {}, ['verified']);
        expect(waiting).not.toHaveProperty('emailPlace');
        expect(await emails.verify(waiting, NORA)).toBe('taken');
        expect(await stored(waiting)).toEqual(waiting);
        expect(await users.findByLogin(NORA)).toEqual([owner]);
      });

      it('RC-09 has one owner, of twenty who wait or claim it and verify it at once', async () => {
        const all = made(await registerMany(20, ['full']));
        const outcomes = await Promise.all(all.map((user) => emails.verify(user, NORA)));
        expect(outcomes.filter((each) => each === 'verified')).toHaveLength(1);
        const now = await Promise.all(all.map(stored));
        const owners = now.filter(({ emailVerifiedAt }) => emailVerifiedAt);
        expect(owners).toMatchObject([{ emailPlace: 0, email: 'Nora@Example.com' }]);
        // All who claimed it have lost it, and the ones who wait can't have it.
        expect(now.filter(({ emailPlace }) => emailPlace !== undefined)).toEqual(owners);
        expect(await users.findByLogin(NORA)).toEqual(owners);
      });

      it('RC-09 has one owner of a verification and a registration at once, in any order', async () => {
        for (let round = 0; round < 20; round++) {
          const email = `round-${round}@example.com`;
          const user = await register(`round-${round}`, { email });
          const [verified] = await Promise.all([
            emails.verify(user, email),
            register(`late-${round}`, { email }).catch(() => null),
          ]);
          expect(verified).toBe('verified');
          expect(await users.findByLogin(email)).toMatchObject([{ id: user.id, emailPlace: 0 }]);
        }
      });

      it('has one owner after a crash before the others lost it, and the next verification tells them', async () => {
        const other = await register('other');
        const owner = await register('owner');
        const settle = setup.claims.settle.bind(setup.claims);
        setup.claims.settle = () => Promise.reject(new Error('the power is off'));
        await expect(emails.verify(owner, NORA)).rejects.toThrow('the power is off');
        setup.claims.settle = settle;

        expect(await stored(owner)).toMatchObject({ emailPlace: 0, emailVerifiedAt: AT });
        expect(await stored(other)).toEqual(other);
        expect(await users.findByLogin(NORA)).toMatchObject([{ id: owner.id }]);
        expect(await emails.verify(other, NORA)).toBe('taken');

        expect(await emails.verify(owner, NORA)).toBe('verified');
        expect(await stored(other)).not.toHaveProperty('email');
        expect(moved()).toHaveLength(1);
      });
    });
  });
}

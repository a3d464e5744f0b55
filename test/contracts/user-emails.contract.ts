import { identityKey } from '../../src/users/identity.js';
import { EmailAlreadyRegistered } from '../../src/users/user.errors.js';
import type { NewUser, User } from '../../src/users/user.js';
import type { UserRepository } from '../../src/users/user.repository.js';
import type { UsersService } from '../../src/users/users.service.js';
import { setUpUsers, type UsersSetup } from '../support/users-service.js';

const AT = new Date('2026-03-01T10:00:00.000Z');
const LATER = new Date('2026-03-02T11:30:00.000Z');
const google = {
  key: identityKey('https://google.example', '0042'),
  provider: 'google',
  linkedAt: AT,
};

/**
 * What the service makes of verified and released addresses, whatever keeps the accounts.
 *
 * @param make gives an empty repository that is ready, its unique indexes included
 */
export function userEmailsContract(name: string, make: () => Promise<UserRepository>): void {
  describe(`addresses kept by ${name}`, () => {
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
    const stored = (user: User) => users.findById(user.id);

    describe('a verified address', () => {
      it('is the one of the account, once', async () => {
        const user = await nora();
        await setup.emails.verify(user, 'other@example.com');
        expect(await stored(user)).toEqual(user);
        await setup.emails.verify(user, 'nora@example.com');
        setup.now = LATER;
        await setup.emails.verify(user, 'nora@example.com');
        expect(await stored(user)).toEqual({ ...user, emailVerifiedAt: AT, revision: 1 });
      });
    });

    describe('a released address', () => {
      it('is free for another account, and nothing else of the old one changes', async () => {
        const user = await nora({ passwordHash: setup.hash, identities: [google] });
        const { email, ...rest } = user;
        expect(await setup.emails.release(user.id, 'nora@example.com')).toBe(true);
        expect(await stored(user)).toEqual({ ...rest, emailMovedAt: AT, revision: 1 });
        expect(await users.findByEmail('nora@example.com')).toBeNull();
        const again = { username: 'next', email: `${email}`, identities: [] };
        const next = await users.register(again, 'password');
        expect(await users.findByEmail('nora@example.com')).toEqual(next);
        await setup.emails.forgetMoved(user);
        expect(await stored(user)).toEqual({ ...rest, revision: 2 });
      });

      it('LK-01 is never one that was verified, or another than the account has', async () => {
        const user = await nora({ emailVerifiedAt: AT });
        expect(await setup.emails.release(user.id, 'nora@example.com')).toBe(false);
        expect(await setup.emails.release(user.id, 'other@example.com')).toBe(false);
        expect(await stored(user)).toEqual(user);
        const again = nora({ username: 'again' });
        await expect(again).rejects.toBeInstanceOf(EmailAlreadyRegistered);
      });

      it('is verified or released, of the two at once', async () => {
        for (let round = 0; round < 20; round++) {
          const email = `round-${round}@example.com`;
          const user = await nora({ username: `round-${round}`, email });
          await Promise.all([
            setup.emails.verify(user, email),
            setup.emails.release(user.id, email),
          ]);
          const now = await stored(user);
          expect(now?.email === undefined).toBe(now?.emailVerifiedAt === undefined);
        }
      });
    });
  });
}

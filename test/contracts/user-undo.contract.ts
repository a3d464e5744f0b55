import { DAY, HOUR, MINUTE } from '../../src/core/clock.js';
import type { EmailsService } from '../../src/users/emails.service.js';
import { MAX_FORMER_EMAILS } from '../../src/users/undo/former.js';
import type { AccountUndo } from '../../src/users/undo/account-undo.js';
import { TooManyEmailChanges } from '../../src/users/user.errors.js';
import type { NewUser, User } from '../../src/users/user.js';
import type { UserRepository } from '../../src/users/user.repository.js';
import type { UsersService } from '../../src/users/users.service.js';
import { setUpUsers, signedIn, type UsersSetup } from '../support/users-service.js';
import { identity } from './sample-accounts.js';

const START = new Date('2026-03-01T10:00:00.000Z');
const OLD = 'nora@example.com';
const NEW = 'thief@example.net';

/**
 * What becomes of an address that is changed, and of what a thief did when the owner says so.
 *
 * @param make gives an empty repository that is ready, its unique indexes included
 */
export function userUndoContract(name: string, make: () => Promise<UserRepository>): void {
  describe(`changes that can be undone, kept by ${name}`, () => {
    let setup: UsersSetup;
    let users: UsersService;
    let emails: EmailsService;
    let undo: AccountUndo;
    beforeEach(async () => {
      setup = await setUpUsers(await make());
      setup.now = START;
      ({ users, emails, undo } = setup);
    });

    const later = (milliseconds: number = HOUR): Date =>
      (setup.now = new Date(setup.now.getTime() + milliseconds));
    const register = (username: string, more: Partial<NewUser> = {}): Promise<User> =>
      users.register({ username, identities: [], passwordHash: setup.hash, ...more }, 'password');
    const owner = (): Promise<User> => register('nora', { email: OLD, emailVerifiedAt: START });
    const stored = async ({ id }: User): Promise<User> => {
      const found = await users.findById(id);
      if (!found) throw new Error('The account is gone');
      return found;
    };
    const moveTo = async (user: User, email: string): Promise<User> => {
      await emails.ask(await stored(user), email);
      expect(await emails.verify(await stored(user), email)).toBe('verified');
      return stored(user);
    };
    const names = () => setup.published.map((event) => event.name);

    describe('a new address of an account that has verified one', () => {
      it('RS-07 waits, and everything else stays, until it is verified', async () => {
        const user = await owner();
        const askedAt = later();
        const asked = await emails.ask(user, NEW);
        const pendingEmail = { email: NEW, askedAt };
        expect(asked).toEqual({ ...user, pendingEmail, sessions: [], revision: 1 });
        expect(await users.findByLogin(OLD)).toEqual([asked]);
        expect(await users.findByLogin(NEW)).toEqual([]);
        const replacedAt = later();
        expect(await emails.verify(asked, NEW)).toBe('verified');
        const { pendingEmail: _, ...rest } = asked;
        expect(await stored(user)).toEqual({
          ...rest,
          email: NEW,
          emailSince: replacedAt,
          emailVerifiedAt: replacedAt,
          formerEmails: [{ email: OLD, verifiedAt: START, replacedAt }],
          revision: 2,
        });
        expect(await users.findByLogin(OLD)).toEqual([]);
        expect(names().slice(1)).toEqual(['email-change-asked', 'email-changed']);
      });

      it('is the last that was asked for: another one verifies nothing', async () => {
        const user = await owner();
        await emails.ask(user, NEW);
        await emails.ask(await stored(user), 'other@example.net');
        expect(await emails.verify(await stored(user), NEW)).toBe('not-theirs');
        expect(await stored(user)).toMatchObject({ email: OLD });
      });

      it('waits no more when it is cancelled, by the address itself, a new password or a recovery', async () => {
        const cancels = [
          (user: User) => emails.cancel(user, NEW),
          (user: User) => emails.ask(user, OLD),
          (user: User) => users.changePassword(user, 'hash-2'),
          (user: User) => emails.recover(user, 'hash-3', () => true),
        ];
        const user = await owner();
        for (const cancel of cancels) {
          await cancel(await emails.ask(await stored(user), NEW));
          const now = await stored(user);
          expect(now).not.toHaveProperty('pendingEmail');
          expect(await emails.verify(now, NEW)).toBe('not-theirs');
        }
        await emails.cancel(await emails.ask(await stored(user), NEW), 'another@example.net');
        expect(await stored(user)).toHaveProperty('pendingEmail');
      });

      it('RC-09 has one owner, of ten who change to it and one who registers with it, at once', async () => {
        for (let round = 0; round < 5; round++) {
          const email = `round-${round}@example.net`;
          const all = await Promise.all(
            Array.from({ length: 10 }, async (_, n) => {
              const own = { email: `${round}-${n}@example.com`, emailVerifiedAt: START };
              return emails.ask(await register(`r-${round}-${n}`, own), email);
            }),
          );
          const late = { email, emailVerifiedAt: setup.now };
          const outcomes = await Promise.all([
            ...all.map((user) => emails.verify(user, email)),
            register(`late-${round}`, late).then(
              () => 'verified',
              () => 'taken',
            ),
          ]);
          expect(outcomes.filter((each) => each === 'verified')).toHaveLength(1);
          expect(await users.findByLogin(email)).toHaveLength(1);
          const now = await Promise.all(all.map(stored));
          const losers = now.filter((user) => user.email !== email);
          expect(losers.every(({ emailPlace }) => emailPlace === 0)).toBe(true);
        }
      });

      it('is refused after so many changes that a mailbox of before would be pushed out', async () => {
        const user = await owner();
        for (let n = 0; n < MAX_FORMER_EMAILS; n++) {
          later();
          await moveTo(user, `${n}@example.net`);
        }
        const refused = TooManyEmailChanges;
        await expect(
          (async () => emails.ask(await stored(user), 'again@example.net'))(),
        ).rejects.toBeInstanceOf(refused);
        later(7 * DAY);
        const changed = await moveTo(user, 'again@example.net');
        expect(changed.formerEmails).toMatchObject([{ email: '4@example.net' }]);
      });
    });

    describe('an undo', () => {
      it('takes everything back that came since, and nothing older', async () => {
        const user = await owner();
        const google = identity('google', '1');
        await users.link(await stored(user), google);
        await users.link(await stored(user), identity('github', '1'));
        const before = await signedIn(setup, await stored(user));
        const since = later();
        await users.changePassword(await stored(user), 'hash-thief');
        await users.unlink(await stored(user), 'google');
        await users.link(await stored(user), identity('google', 'thief'));
        await users.link(await stored(user), identity('facebook', 'thief'));
        later();
        await moveTo(user, NEW);
        await emails.ask(await stored(user), 'third@example.net');
        const undoneAt = later();

        const undone = await undo.undo(await stored(user), { since, mailbox: OLD });
        expect(undone).toEqual(await stored(user));
        const { passwordHash: _, session: _s, ...rest } = before;
        expect(undone).toEqual({
          ...rest,
          emailSince: START,
          passwordChangedAt: undoneAt,
          identities: [identity('github', '1'), google].map(({ linkedAt: _l, ...each }) => ({
            ...each,
            linkedAt: START,
          })),
          formerEmails: [],
          formerIdentities: [],
          undone: { since, at: undoneAt },
          sessions: [],
          revision: expect.any(Number),
        });
        const last = setup.published.at(-1);
        expect(last).toMatchObject({ name: 'undone', at: undoneAt });
        expect(last).toMatchObject({
          removed: [{ key: identity('google', 'thief').key }, { provider: 'facebook' }],
        });
      });

      it('is nothing that an address may ask for that was not verified before it was done', async () => {
        const user = await owner();
        const since = new Date(START.getTime() - 1);
        for (const mailbox of [OLD, NEW, 'Nora@example.com']) {
          expect(await undo.undo(user, { since, mailbox })).toBeNull();
        }
        const unverified = await register('una', { email: 'una@example.com' });
        const disavowal = { since: later(), mailbox: 'una@example.com' };
        expect(await undo.undo(unverified, disavowal)).toBeNull();
        expect(await undo.endSessions(unverified, disavowal)).toBeNull();
        expect(await stored(unverified)).toEqual(unverified);
      });

      it('is of the older mailbox: the newer one has no power over it, and none afterwards', async () => {
        const user = await owner();
        const changedAt = later();
        await moveTo(user, NEW);
        const byThief = later();
        await users.changePassword(await stored(user), 'hash-thief');
        expect(
          await undo.undo(await stored(user), { since: changedAt, mailbox: OLD }),
        ).toMatchObject({ email: OLD });
        for (const since of [changedAt, byThief, later()]) {
          expect(await undo.undo(await stored(user), { since, mailbox: NEW })).toBeNull();
          expect(await undo.endSessions(await stored(user), { since, mailbox: NEW })).toBeNull();
        }
        expect(await users.findByLogin(NEW)).toEqual([]);
      });

      it('leaves nothing to the other mails of then, and what the owner did afterwards stays', async () => {
        const user = await owner();
        const [older, since, newer] = [later(), later(), later()];
        later();
        await undo.undo(await stored(user), { since, mailbox: OLD });
        const undoneAt = setup.now;
        later();
        await users.changePassword(await stored(user), 'hash-owner');
        await users.link(await stored(user), identity('google', 'own'));
        const after = await stored(user);
        for (const each of [since, newer]) {
          const disavowal = { since: each, mailbox: OLD };
          expect(undo.hasPower(after, disavowal, setup.now)).toBe(false);
          expect(await undo.undo(after, disavowal)).toBeNull();
          expect(await undo.endSessions(after, disavowal)).toBeNull();
        }
        expect(await stored(user)).toEqual(after);
        // What was older may have been the thief's as well, and what came later may be another one's.
        for (const each of [older, undoneAt, later()]) {
          expect(undo.hasPower(after, { since: each, mailbox: OLD }, setup.now)).toBe(true);
        }
        await undo.undo(after, { since: older, mailbox: OLD });
        for (const each of [older, since, newer, undoneAt]) {
          expect(await undo.undo(await stored(user), { since: each, mailbox: OLD })).toBeNull();
        }
      });

      it('FA-09 leaves later mails their power when the clock was days ahead at the undo', async () => {
        const user = await owner();
        const since = later();
        later(5 * DAY);
        await undo.undo(await stored(user), { since, mailbox: OLD });
        later(-5 * DAY);
        const disavowal = { since: later(), mailbox: OLD };
        expect(undo.hasPower(await stored(user), disavowal, setup.now)).toBe(true);
      });

      it('is nothing for a mailbox that was verified in the very instant', async () => {
        const user = await owner();
        const since = later();
        await moveTo(user, NEW);
        expect(await undo.undo(await stored(user), { since, mailbox: NEW })).toBeNull();
        expect(await undo.undo(await stored(user), { since, mailbox: OLD })).not.toBeNull();
      });

      it('wins after the newer mailbox has undone something, and after a chain of changes', async () => {
        const user = await owner();
        const first = later();
        await moveTo(user, NEW);
        const second = later();
        await moveTo(user, 'third@example.net');
        later();
        expect(await undo.undo(await stored(user), { since: second, mailbox: NEW })).toMatchObject({
          email: NEW,
          emailVerifiedAt: first,
          formerEmails: [{ email: OLD }],
        });
        expect(await undo.undo(await stored(user), { since: first, mailbox: OLD })).toMatchObject({
          email: OLD,
          emailVerifiedAt: START,
          formerEmails: [],
        });
      });

      it('brings back what was the owner’s, however much a thief has linked and unlinked before', async () => {
        const user = await owner();
        const google = identity('google', '1');
        await users.link(await stored(user), google);
        const since = later();
        for (let n = 0; n < 25; n++) {
          await users.link(await stored(user), identity('github', `${n}`));
          await users.unlink(await stored(user), 'github');
          later(MINUTE);
        }
        await users.unlink(await stored(user), 'google');
        later();
        const undone = await undo.undo(await stored(user), { since, mailbox: OLD });
        expect(undone).toMatchObject({ identities: [{ key: google.key }], formerIdentities: [] });
      });

      it('gives the user name of then back, however often it was changed since', async () => {
        const user = await owner();
        later();
        await users.changeProfile(await stored(user), { username: 'Nora-2', name: 'N' });
        const since = later();
        for (let n = 0; n < 25; n++) {
          await users.changeProfile(await stored(user), { username: `thief-${n}`, name: 'N' });
          later(MINUTE);
        }
        const undone = await undo.undo(await stored(user), { since, mailbox: OLD });
        expect(undone).toMatchObject({
          username: 'Nora-2',
          name: 'N',
          formerUsernames: [{ username: 'nora' }],
        });
        expect(await users.findByLogin('nora-2')).toHaveLength(1);
        expect(await users.findByLogin('thief-24')).toEqual([]);
        // What was changed before is older than what was disavowed.
        const again = await undo.undo(await stored(user), { since: later(), mailbox: OLD });
        expect(again).toMatchObject({ username: 'Nora-2' });
      });

      it('leaves a user name that was not changed, or another name alone, as it is', async () => {
        const user = await owner();
        const since = later();
        await users.changeProfile(await stored(user), { username: 'nora', name: 'Other' });
        const undone = await undo.undo(await stored(user), { since, mailbox: OLD });
        expect(undone).toMatchObject({ username: 'nora', name: 'Other' });
        expect(undone).not.toHaveProperty('formerUsernames');
      });

      it('ends with the seven days after the change', async () => {
        const user = await owner();
        const since = later();
        await moveTo(user, NEW);
        later(7 * DAY - 1);
        expect(undo.hasPower(await stored(user), { since, mailbox: OLD }, setup.now)).toBe(true);
        later(1);
        expect(await undo.undo(await stored(user), { since, mailbox: OLD })).toBeNull();
      });

      it('leaves out what is another account’s by now: an identity, the mailbox or the user name', async () => {
        const user = await owner();
        const google = identity('google', '1');
        await users.link(await stored(user), google);
        const since = later();
        await users.unlink(await stored(user), 'google');
        await moveTo(user, NEW);
        await users.changeProfile(await stored(user), { username: 'thief', name: null });
        await register('Nora', { email: OLD, emailVerifiedAt: setup.now, identities: [google] });
        later();
        const undone = await undo.undo(await stored(user), { since, mailbox: OLD });
        expect(undone).toMatchObject({ identities: [], username: 'thief' });
        expect(undone).not.toHaveProperty('email');
        expect(undone).not.toHaveProperty('passwordHash');
        expect(await users.findByLogin(NEW)).toEqual([]);
      });

      it('LK-10 is of a mailbox of before until its end: nobody gets the account by an address that it only claims', async () => {
        const user = await owner();
        const since = later();
        await moveTo(user, NEW);
        const second = later();
        await moveTo(user, 'third@example.net');
        await register('other', { email: NEW, emailVerifiedAt: setup.now });
        later();
        await undo.undo(await stored(user), { since: second, mailbox: NEW });
        await emails.change(await stored(user), 'victim@example.com');
        later();
        const claiming = await stored(user);
        expect(undo.hasPower(claiming, { since, mailbox: OLD }, setup.now)).toBe(true);
        expect(await emails.recover(claiming, 'hash-victim', () => true)).toBeNull();
        expect(await stored(user)).toEqual(claiming);
        later(7 * DAY);
        expect(await emails.recover(claiming, 'hash-victim', () => true)).not.toBeNull();
        expect(undo.hasPower(await stored(user), { since, mailbox: OLD }, setup.now)).toBe(false);
      });

      it('only ends sessions and what waits, where a recovery was not theirs', async () => {
        const user = await signedIn(setup, await owner());
        const asked = await emails.ask(user, NEW, {});
        const since = later();
        const { pendingEmail: _, ...rest } = asked;
        expect(await undo.endSessions(asked, { since, mailbox: OLD })).toEqual({
          ...rest,
          sessions: [],
          revision: asked.revision + 1,
        });
      });

      it('is whole though the account is changed at the same time, again and again', async () => {
        const user = await owner();
        const since = later();
        const thief = (async () => {
          for (let n = 0; n < 20; n++) {
            await users.changePassword(await stored(user), `hash-${n}`).catch(() => null);
            await users.link(await stored(user), identity('google', `${n}`)).catch(() => null);
            await users.unlink(await stored(user), 'google').catch(() => null);
          }
        })();
        const undone = await undo.undo(user, { since, mailbox: OLD });
        expect(undone).toMatchObject({ identities: [], sessions: [], email: OLD });
        expect(undone).not.toHaveProperty('passwordHash');
        await thief;
      });
    });
  });
}

import { MINUTE } from '../../src/core/clock.js';
import { type AccountEvent, ProfileChanged, UserDeleted } from '../../src/users/account.events.js';
import type { UserRepository } from '../../src/users/user.repository.js';
import type { User } from '../../src/users/user.js';
import { ada, bob, CREATED } from './sample-accounts.js';

const NEXT = new Date(CREATED.getTime() + MINUTE);
const LATE = new Date(CREATED.getTime() + 2 * MINUTE);

/**
 * What every adapter of the port does with the events of changes.
 *
 * @param make gives an empty repository that is ready
 */
export function userEventsContract(name: string, make: () => Promise<UserRepository>): void {
  describe(`${name} as a keeper of events`, () => {
    let users: UserRepository;
    let user: User;
    beforeEach(async () => {
      users = await make();
      const account = { ...ada, id: users.newId(), createdAt: CREATED };
      user = await users.insert(account, []);
    });

    const happened = <T extends AccountEvent>(event: T, at = CREATED): T => {
      event.happenedTo(user, at);
      return event;
    };
    const change = async (event: AccountEvent) => {
      expect(await users.update(user, { sessions: {} }, [event])).not.toBeNull();
    };
    const take = (before = CREATED, now = NEXT) => users.takeUntold(before, now);
    const idsIn = (taken: Awaited<ReturnType<typeof take>>) => taken?.events.map(({ id }) => id);

    it('has none of an account that nothing has happened to', async () => {
      expect(await take()).toBeNull();
    });

    it('hands out whole what was stored with a change, and the account shows nothing of it', async () => {
      const event = happened(new ProfileChanged(user, { reason: 'whim' }));
      const changed = await users.update(user, { name: 'Countess' }, [event]);
      expect(changed).toEqual({ ...user, name: 'Countess', revision: 1 });
      const kept = {
        id: event.id,
        name: 'profile-changed',
        result: 'success',
        facts: { reason: 'whim' },
        at: CREATED,
        origin: null,
        addressee: { username: 'Ada', mailbox: 'Ada@Example.com' },
      };
      expect(await take()).toEqual({ accountId: user.id, isGone: false, events: [kept] });
      expect(await users.findById(user.id)).toEqual(changed);
    });

    it('stores nothing with a change that is refused', async () => {
      const stale = { ...user, revision: 7 };
      expect(await users.update(stale, {}, [happened(new ProfileChanged(user))])).toBeNull();
      expect(await users.delete(stale, [happened(new UserDeleted(user))])).toBe(false);
      expect(await take()).toBeNull();
    });

    it('stores with a new account, and names no mailbox that it has not verified', async () => {
      const event = new ProfileChanged(user);
      event.happenedTo({ username: 'bob', email: 'bob@example.com' }, CREATED);
      const account = { ...bob, id: users.newId(), identities: [], createdAt: CREATED };
      const { id } = await users.insert(account, [event]);
      const taken = await take();
      expect(taken).toMatchObject({
        accountId: id,
        events: [{ id: event.id, addressee: { mailbox: null } }],
      });
    });

    it('hands out nothing before its time, and to one alone, who has that long', async () => {
      const event = happened(new ProfileChanged(user));
      await change(event);
      expect(await take(new Date(CREATED.getTime() - 1))).toBeNull();
      const all = await Promise.all([take(), take(), take()]);
      expect(all.filter((each) => each !== null).map(idsIn)).toEqual([[event.id]]);
      expect(await take()).toBeNull();
      expect(idsIn(await take(NEXT, LATE))).toEqual([event.id]);
    });

    it('forgets what was told, and keeps what happened meanwhile', async () => {
      const [first, second] = [
        happened(new ProfileChanged(user)),
        happened(new ProfileChanged(user), NEXT),
      ];
      await change(first);
      await change(second);
      expect(await users.forgetTold(user.id, [first.id])).toBe(true);
      expect(idsIn(await take())).toEqual([second.id]);
      expect(await users.forgetTold(user.id, [second.id])).toBe(true);
      expect(await users.forgetTold(user.id, [second.id])).toBe(true);
      expect(await take(LATE, LATE)).toBeNull();
      expect((await users.findById(user.id))?.revision).toBe(user.revision);
    });

    it('has the event of a deletion, and the account once more after it was told', async () => {
      const event = happened(new UserDeleted(user));
      expect(await users.delete(user, [event])).toBe(true);
      const taken = await take();
      expect(taken).toMatchObject({ accountId: user.id, isGone: true, events: [{ id: event.id }] });
      expect(await users.forgetTold(user.id, [event.id])).toBe(false);
      expect(await take()).toBeNull();
      const gone = { accountId: user.id, isGone: true, events: [] };
      expect(await take(NEXT, LATE)).toEqual(gone);
      expect(await take(LATE, LATE)).toBeNull();
    });
  });
}

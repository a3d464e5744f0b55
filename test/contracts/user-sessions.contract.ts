import type { Session } from '../../src/users/session.js';
import type { User } from '../../src/users/user.js';
import type { UserRepository } from '../../src/users/user.repository.js';

const AT = new Date('2026-03-01T10:00:00.000Z');
const LATER = new Date('2026-03-01T10:05:00.000Z');

const session = (id: string): Session => ({
  id,
  startedAt: AT,
  lastSeenAt: AT,
  authenticatedAt: AT,
  methods: ['password'],
  remember: false,
});
const [phone, laptop, tablet] = [session('phone'), session('laptop'), session('tablet')];

/**
 * What every adapter of the port does with the sessions of an account.
 *
 * @param make as for `userRepositoryContract`
 */
export function userSessionsContract(name: string, make: () => Promise<UserRepository>): void {
  describe(`${name} as a repository of sessions`, () => {
    let users: UserRepository;
    let user: User;
    beforeEach(async () => {
      users = await make();
      const account = { id: users.newId(), username: 'nora', identities: [], createdAt: AT };
      user = await users.insert(account, []);
    });

    const put = (each: Session) => users.update(user, { sessions: { put: each } }, []);
    const stored = async () => (await users.findById(user.id))?.sessions ?? [];

    it('keeps those that begin at the same time, and none of them is a change to another', async () => {
      const all = [phone, laptop, tablet];
      const begun = await Promise.all(all.map(put));
      expect(begun.map((each) => each?.revision)).toEqual([0, 0, 0]);
      expect(await stored()).toHaveLength(3);
      expect(await stored()).toEqual(expect.arrayContaining(all));
    });

    it('puts one in the place of the one with its id', async () => {
      await put(phone);
      const heldForm = { token: 'token', page: '/settings/profile' };
      const held = { ...phone, heldForm, reauthenticatedAt: phone.lastSeenAt };
      await put(held);
      expect(await stored()).toEqual([held]);
    });

    it('ends those that are named, whether they are there or not', async () => {
      for (const each of [phone, laptop, tablet]) await put(each);
      await users.update(user, { sessions: { end: ['phone', 'tablet', 'nowhere'] } }, []);
      expect(await stored()).toEqual([laptop]);
    });

    it('SE-07 ends all but the one that begins, in the write of the change', async () => {
      for (const each of [phone, laptop]) await put(each);
      const change = { passwordHash: 'new', sessions: { put: tablet, end: 'all' as const } };
      const changed = await users.update(user, change, []);
      expect(changed).toEqual({ ...user, passwordHash: 'new', sessions: [tablet], revision: 1 });
      await users.update(changed ?? user, { sessions: { end: 'all' } }, []);
      expect(await stored()).toEqual([]);
    });

    it('SE-05 ends one of an account that has changed since, where the change names no revision', async () => {
      await put(phone);
      await users.update(user, { name: 'Nora' }, []);
      const acting = { id: user.id, session: phone };
      const end = { sessions: { end: ['phone'] } };
      expect(await users.update(acting, end, [])).toMatchObject({ name: 'Nora', sessions: [] });
      expect(await users.update(acting, end, [])).toBeNull();
    });

    it('SE-12 ends another one only while both are there', async () => {
      for (const each of [phone, laptop]) await put(each);
      const end = (asking: Session, ending: Session) =>
        users.update(
          { id: user.id, session: asking, ending },
          { sessions: { end: [ending.id] } },
          [],
        );
      expect(await end(tablet, laptop)).toBeNull();
      expect(await end(phone, tablet)).toBeNull();
      expect(await stored()).toHaveLength(2);
      expect(await end(phone, laptop)).toEqual({ ...user, sessions: [phone] });
    });

    it('changes and removes nothing for a session that has ended', async () => {
      await put(phone);
      const acting = { ...user, session: laptop };
      expect(await users.update(acting, { name: 'Late' }, [])).toBeNull();
      expect(await users.update(acting, { sessions: { put: laptop } }, [])).toBeNull();
      expect(await users.delete(acting, [])).toBe(false);
      expect(await users.findById(user.id)).toEqual({ ...user, sessions: [phone] });
      expect(
        await users.update({ ...user, session: phone }, { name: 'In time' }, []),
      ).not.toBeNull();
    });

    it('keeps which browser one is in', async () => {
      const known = { ...phone, browser: { browser: 'Safari', system: 'iOS' } };
      await put(known);
      expect(await stored()).toEqual([known]);
    });

    it('MF-03 begins none for whoever read the account before its second factors were changed', async () => {
      const begin = (factorsChangedAt: Date | null) =>
        users.update({ id: user.id, factorsChangedAt }, { sessions: { put: phone } }, []);
      expect(await begin(AT)).toBeNull();
      expect(await begin(null)).not.toBeNull();
      await users.update(user, { factorsChangedAt: AT }, []);
      expect(await begin(null)).toBeNull();
      expect(await begin(LATER)).toBeNull();
      expect(await begin(AT)).not.toBeNull();
    });

    it('notes when and where one was last seen, and brings none back', async () => {
      await put({ ...phone, address: '192.0.2.7' });
      const seen = { lastSeenAt: LATER, address: '198.51.100.7' };
      await users.noteSeen(user.id, 'phone', seen);
      await users.noteSeen(user.id, 'laptop', seen);
      await users.noteSeen(users.newId(), 'phone', seen);
      expect(await users.findById(user.id)).toEqual({ ...user, sessions: [{ ...phone, ...seen }] });
      await users.noteSeen(user.id, 'phone', { lastSeenAt: AT });
      expect(await stored()).toEqual([{ ...phone, ...seen, lastSeenAt: AT }]);
    });
  });
}

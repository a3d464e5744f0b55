import { userAccountsContract } from '../../test/contracts/user-accounts.contract.js';
import { userEmailsContract } from '../../test/contracts/user-emails.contract.js';
import { userIdentitiesContract } from '../../test/contracts/user-identities.contract.js';
import { userUndoContract } from '../../test/contracts/user-undo.contract.js';
import { InMemoryUserRepository } from '../../test/support/in-memory-user.repository.js';
import { setUpUsers, type UsersSetup } from '../../test/support/users-service.js';
import type { AccountEvent } from './account.events.js';
import { AccountChangedMeanwhile, IdentityTaken, LastWayIn } from './user.errors.js';
import type { User, UserChange } from './user.js';
import type { AsRead } from './user.repository.js';

const make = async () => new InMemoryUserRepository();
userAccountsContract('a map in memory', make);
userEmailsContract('a map in memory', make);
userIdentitiesContract('a map in memory', make);
userUndoContract('a map in memory', make);

const google = { key: 'https://google.example 0042', provider: 'google' };

/** One in which another request changes the account before each of the next writes. */
class BusyRepository extends InMemoryUserRepository {
  rivals = 0;

  override async update(user: AsRead, change: UserChange, events: readonly AccountEvent[]) {
    await this.rival(user);
    return super.update(user, change, events);
  }

  override async delete(user: AsRead, events: readonly AccountEvent[]): Promise<boolean> {
    await this.rival(user);
    return super.delete(user, events);
  }

  private async rival(user: AsRead): Promise<void> {
    if (this.rivals-- > 0) await super.update(user, { name: `rival ${this.rivals}` }, []);
  }
}

async function nora(rivals = 0) {
  const repository = new BusyRepository();
  const setup = await setUpUsers(repository);
  const { hash: passwordHash } = setup;
  const account = { username: 'nora', email: 'nora@example.com', passwordHash, identities: [] };
  const user = await setup.users.register(account, 'password');
  repository.rivals = rivals;
  return { ...setup, repository, user };
}

type Verb = (setup: UsersSetup, user: User) => Promise<unknown>;
const verbs: Record<string, Verb> = {
  'profile-changed': ({ users }, user) =>
    users.changeProfile(user, { username: 'nor', name: null }),
  'email-changed': ({ emails }, user) => emails.change(user, 'new@example.com'),
  'email-verified': ({ emails }, user) => emails.verify(user, 'nora@example.com'),
  'password-changed': ({ users }, user) => users.changePassword(user, 'hash-2'),
  'identity-linked': ({ users }, user) => users.link(user, google),
  deleted: ({ users }, user) => users.delete(user),
};

describe('a change of an account', () => {
  it('has one instant, that of its event, however long it takes', async () => {
    const setup = await setUpUsers(new InMemoryUserRepository());
    let time = setup.now.getTime();
    Object.defineProperty(setup, 'now', { get: () => new Date(time++) });
    const { users, emails, published, hash: passwordHash } = setup;
    const account = { username: 'nora', email: 'nora@example.com', passwordHash, identities: [] };
    const user = await users.register(account, 'password');
    const linked = await users.link(user, google);
    const changed = await users.changePassword(linked ?? user, 'hash-2');
    await emails.verify(changed, 'nora@example.com');
    const { createdAt, identities, passwordChangedAt, emailVerifiedAt } =
      (await users.findById(user.id)) ?? user;
    const dates = [createdAt, identities[0]?.linkedAt, passwordChangedAt, emailVerifiedAt];
    expect(published.map(({ at }) => at)).toEqual(dates);
  });

  it.each(Object.entries(verbs))('is stored with its event, %s, and told', async (name, verb) => {
    const setup = await nora();
    const { user, repository, published } = setup;
    await verb(setup, user);
    expect(published.map((event) => event.name)).toEqual(['registered', name]);
    expect(published.map(({ accountId }) => accountId)).toEqual([user.id, user.id]);
    expect(repository.events).toEqual(published);
  });

  it('is stored with its event, identity-unlinked, and told', async () => {
    const { users, user, repository, published } = await nora();
    const linked = await users.link(user, google);
    await users.unlink(linked ?? user, 'google');
    expect(published.at(-1)).toMatchObject({ name: 'identity-unlinked', user: linked });
    expect(repository.events).toEqual(published);
  });

  it.each<[string, Verb]>([
    ['a hash made anew', ({ users }, user) => users.renewHash(user, 'hash-2')],
    ['a message that was read', ({ emails }, user) => emails.forgetMoved(user)],
    ['an address of somebody else', ({ emails }, user) => emails.verify(user, 'eve@example.com')],
    ['an identity that was not linked', ({ users }, user) => users.unlink(user, 'google')],
  ])('is told to nobody when it is %s', async (_, verb) => {
    const setup = await nora();
    const { user, repository, published } = setup;
    await verb(setup, user);
    expect(published).toHaveLength(1);
    expect(repository.events).toHaveLength(1);
  });

  it('is told to nobody when it is refused', async () => {
    const { users, repository, published } = await nora();
    const identities = [{ ...google, linkedAt: new Date() }];
    const eve = await users.register({ username: 'eve', identities }, 'google');
    const ada = await users.register({ username: 'ada', identities: [] }, 'password');
    await expect(users.link(ada, google)).rejects.toBeInstanceOf(IdentityTaken);
    await expect(users.unlink(eve, 'google')).rejects.toBeInstanceOf(LastWayIn);
    expect(published).toHaveLength(3);
    expect(repository.events).toHaveLength(3);
  });

  it.each(Object.entries(verbs))(
    'is decided again, 29 times at most, on what others made of the account: %s',
    async (name, verb) => {
      const setup = await nora(29);
      const { users, user, published } = setup;
      await verb(setup, user);
      // Told of the account as it was just before.
      expect(published.at(-1)).toMatchObject({ name, user: { name: 'rival 0', revision: 29 } });
      const left = await users.findById(user.id);
      expect(left?.revision).toBe(name === 'deleted' ? undefined : 30);
    },
  );

  it.each(Object.entries(verbs))(
    'is given up when the account was changed by others before each of thirty tries: %s',
    async (_, verb) => {
      const setup = await nora(30);
      const { users, user, repository, published } = setup;
      await expect(verb(setup, user)).rejects.toBeInstanceOf(AccountChangedMeanwhile);
      expect(await users.findById(user.id)).toEqual({ ...user, name: 'rival 0', revision: 30 });
      expect(published).toHaveLength(1);
      expect(repository.events).toHaveLength(1);
    },
  );

  it('LK-06 is decided on what others left: the last way in stays', async () => {
    const { users, repository, user } = await nora();
    const read = (await users.link(user, google)) ?? user;
    // Another request takes the password away and ends no session, as no page does yet.
    await repository.update(read, { passwordHash: null }, []);
    await expect(users.unlink(read, 'google')).rejects.toBeInstanceOf(LastWayIn);
  });
});

import { wayIn } from '../../test/support/users-service.js';
import { LastWayIn } from './user.errors.js';
import type { User } from './user.js';
import { WaysIn } from './ways-in.js';

const AT = new Date('2026-03-01T10:00:00.000Z');
const user: User = {
  id: '0123456789abcdef01234567',
  revision: 0,
  username: 'nora',
  identities: [],
  sessions: [],
  createdAt: AT,
};

/** A world in which these open the account, and these are there and do not open it now. */
function world(opening: readonly string[], shut: readonly string[] = []): WaysIn {
  const waysIn = new WaysIn();
  waysIn.add(() => opening.map((id) => ({ ...wayIn(id, AT), opens: true, available: true })));
  waysIn.add(() => shut.map((id) => wayIn(id, AT)));
  return waysIn;
}

const idsOf = (ways: readonly { id: string }[]) => ways.map(({ id }) => id);

describe('the ways into an account', () => {
  it('are those that each module contributes for it, in their order', () => {
    const waysIn = world(['password'], ['google', 'github']);
    waysIn.add(({ username }) => [wayIn(`key-of-${username}`, null)]);
    expect(idsOf(waysIn.of(user))).toEqual(['password', 'google', 'github', 'key-of-nora']);
  });

  it('are none where no module contributes', () => {
    expect(new WaysIn().of(user)).toEqual([]);
    expect(() => new WaysIn().demandAnother(user)).toThrow(LastWayIn);
  });

  it('open it when they open it now, whatever the account has', () => {
    expect(idsOf(world(['password'], ['google']).opening(user))).toEqual(['password']);
  });
});

describe('another way in', () => {
  it.each<[string[], string[], string[]]>([
    [['password', 'google'], [], ['google']],
    [['password', 'google'], [], ['password']],
    [['password', 'google', 'github'], [], ['google', 'github']],
    [['password'], ['google'], ['google']],
  ])('LK-06 is there: %j open it, %j do not, %j go', (opening, shut, removed) => {
    expect(() => world(opening, shut).demandAnother(user, ...removed)).not.toThrow();
  });

  it.each<[string[], string[], string[]]>([
    [['google'], [], ['google']],
    [['google'], ['password', 'github'], ['google']],
    [['password', 'google'], [], ['google', 'password']],
    [[], ['google'], ['google']],
    [[], ['google', 'github'], ['github']],
  ])('LK-06 is missing: %j open it, %j do not, %j go', (opening, shut, removed) => {
    expect(() => world(opening, shut).demandAnother(user, ...removed)).toThrow(LastWayIn);
  });

  it('LK-06 is told missing with what people call the one that goes', () => {
    let refusal: unknown;
    try {
      world(['google'], ['github']).demandAnother(user, 'google');
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toMatchObject({ code: 'last-way-in', params: { provider: 'google' } });
  });
});

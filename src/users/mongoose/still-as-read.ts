import type { AsRead, StoredWay } from '../user.repository.js';

/** The condition that an account, its sessions and the way in that the change is about are as they were read. */
export function stillAs({ id, revision, session, ending, wayIn }: AsRead): Record<string, unknown> {
  return {
    _id: id,
    ...(revision !== undefined && { revision }),
    ...(session && { [`sessions.${session.id}`]: { $exists: true } }),
    ...(ending && { [`sessions.${ending.id}`]: { $exists: true } }),
    ...(wayIn && stillHas(wayIn)),
  };
}

function stillHas(wayIn: StoredWay): object {
  if (wayIn.kind === 'identity') {
    const { key, linkedAt } = wayIn;
    return { identities: { $elemMatch: { key, linkedAt } } };
  }
  const passwordChangedAt = wayIn.changedAt ?? { $exists: false };
  return { passwordHash: { $exists: true }, passwordChangedAt };
}

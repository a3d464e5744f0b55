import type { AsRead, StoredWay } from '../user.repository.js';

/** The condition that all of an account that the change is about is as it was read. */
export function stillAs(asRead: AsRead): Record<string, unknown> {
  const { id, revision, session, ending, wayIn, factorsChangedAt } = asRead;
  return {
    _id: id,
    ...(revision !== undefined && { revision }),
    ...(session && { [`sessions.${session.id}`]: { $exists: true } }),
    ...(ending && { [`sessions.${ending.id}`]: { $exists: true } }),
    ...(wayIn && stillHas(wayIn)),
    ...(factorsChangedAt !== undefined && {
      factorsChangedAt: factorsChangedAt ?? { $exists: false },
    }),
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

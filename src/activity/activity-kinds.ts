/**
 * The kinds that the page filters by, and the events of each. What stands in none of them is shown among
 * all, by a sentence that says little: a spec asks for each event of ours.
 */
export const ACTIVITY_KINDS = {
  logins: [
    'logged-in',
    'login-failed',
    'flow-refused',
    'logged-out',
    'reauthenticated',
    'reauthentication-failed',
    'second-step-failed',
  ],
  sessions: [
    'session-ended',
    'other-sessions-ended',
    'logged-out-everywhere',
    'sessions-ended-by-mail',
  ],
  account: [
    'registered',
    'profile-changed',
    'email-change-asked',
    'email-change-cancelled',
    'email-changed',
    'email-verified',
    'email-moved',
    'password-changed',
    'authenticator-added',
    'authenticator-removed',
    'recovery-codes-made',
    'recovery-code-used',
    'device-trusted',
    'device-forgotten',
    'recovery-requested',
    'recovered',
    'undone',
  ],
  identities: [
    'identity-linked',
    'identity-unlinked',
    'identity-link-refused',
    'identity-unlink-refused',
  ],
} as const;

export type ActivityKind = keyof typeof ACTIVITY_KINDS | 'failures';

export const KINDS: readonly ActivityKind[] = [
  'logins',
  'sessions',
  'account',
  'identities',
  'failures',
];

/** @returns the part of the query that asks for one kind; null: all of them */
export function conditionOf(kind: ActivityKind | null): object {
  if (kind === null) return {};
  return kind === 'failures' ? { result: 'failure' } : { name: { $in: [...ACTIVITY_KINDS[kind]] } };
}

const NAMES: readonly string[] = Object.values(ACTIVITY_KINDS).flat();

/** Whether a sentence of its own tells of the event. */
export function isKnown(name: string): boolean {
  return NAMES.includes(name);
}

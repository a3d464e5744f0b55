import type { Session, SessionChange } from '../session.js';

/**
 * Each session is a field of its own below `sessions`, so that no login and no log-out writes what
 * another request has just written.
 *
 * @returns what becomes of which field: null takes it away
 */
export function sessionFields({ put, end = [] }: SessionChange): Record<string, object | null> {
  if (end === 'all') return { sessions: put ? recordOf(put) : {} };
  const ended = end.map((id) => [`sessions.${id}`, null] as const);
  return { ...Object.fromEntries(ended), ...(put && prefixed(recordOf(put))) };
}

/** What can be the id of a session, and stand in the path of a field. */
const ID = /^[\w-]{1,64}$/;

const BEGINNING = new Date(0);
/** Stands for what some other hand wrote: it ended long ago, so that the next login takes it away. */
const ENDED: Omit<Session, 'id'> = {
  startedAt: BEGINNING,
  lastSeenAt: BEGINNING,
  authenticatedAt: BEGINNING,
  methods: [],
  remember: false,
};

/** @returns the sessions that an account's record holds; what has not their shape is one that has ended */
export function sessionsIn(stored: unknown): Session[] {
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return [];
  return Object.entries(stored)
    .filter(([id]) => ID.test(id))
    .map(([id, record]: [string, unknown]) => ({ ...(isWhole(record) ? record : ENDED), id }));
}

function recordOf({ id, ...record }: Session): Record<string, object> {
  return { [id]: record };
}

function prefixed(records: Record<string, object>): Record<string, object> {
  return Object.fromEntries(Object.entries(records).map(([id, each]) => [`sessions.${id}`, each]));
}

function isWhole(record: unknown): record is Omit<Session, 'id'> {
  if (typeof record !== 'object' || record === null) return false;
  const fields = record as Partial<Record<keyof Session, unknown>>;
  const { startedAt, lastSeenAt, authenticatedAt, reauthenticatedAt, methods, remember } = fields;
  const { factorAt, reauthenticatedBy, replaces, heldForm, browser, address } = fields;
  return (
    startedAt instanceof Date &&
    lastSeenAt instanceof Date &&
    authenticatedAt instanceof Date &&
    [reauthenticatedAt, factorAt].every((each) => each === undefined || each instanceof Date) &&
    Array.isArray(methods) &&
    methods.every((each) => typeof each === 'string') &&
    typeof remember === 'boolean' &&
    [reauthenticatedBy, replaces, address].every(
      (each) => each === undefined || typeof each === 'string',
    ) &&
    (heldForm === undefined || hasTexts(heldForm, 'token', 'page')) &&
    (browser === undefined || hasTexts(browser, 'browser', 'system'))
  );
}

function hasTexts(value: unknown, ...names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'string');
}

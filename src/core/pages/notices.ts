import type { MessageParams } from '../domain-error.js';

/** A sentence that is shown on the next page, once. */
export interface Notice {
  readonly kind: 'success' | 'info' | 'warning' | 'danger';
  /** Key in the message catalogue. */
  readonly key: string;
  readonly params: MessageParams;
}

declare module 'express-session' {
  interface SessionData {
    notices?: Notice[];
  }
}

/**
 * Whether a session holds anything; one that doesn't is not stored, and a stranger's request should
 * leave it so.
 */
export function holdsSomething(session: object | undefined): boolean {
  return session !== undefined && Object.keys(session).some((key) => key !== 'cookie');
}

/** Whether stored data is a list of notices: another program may have written it. */
export function areNotices(value: unknown): value is Notice[] {
  return Array.isArray(value) && value.every(isNotice);
}

function isNotice(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { key, params } = value as Partial<Notice>;
  return typeof key === 'string' && typeof params === 'object' && params !== null;
}

import type { MessageParams } from '../../core/domain-error.js';

/** Who is signed in, since when and how. */
export interface SignIn {
  readonly userId: string;
  /** Equals the account's session epoch as long as the session is good. */
  readonly epoch: number;
  readonly startedAt: Date;
  /** When the person last proved who they are: at the login, or later for a sensitive step. */
  readonly authenticatedAt: Date;
  /** The way in: `password`, or a provider's id. */
  readonly how: string;
  /** "Keep me logged in": the longer limits apply. */
  readonly remember: boolean;
}

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
    passport?: { user?: SignIn };
  }
}

/** Whether a session holds anything; one that doesn't is not stored, and a stranger's request should leave it so. */
export function holdsSomething(session: object | undefined): boolean {
  return session !== undefined && Object.keys(session).some((key) => key !== 'cookie');
}

/** @returns the sign-in that session data holds; null when there is none or it is not whole */
export function signInOf(data: unknown): SignIn | null {
  const user = property(property(data, 'passport'), 'user');
  const whole =
    typeof property(user, 'userId') === 'string' &&
    typeof property(user, 'epoch') === 'number' &&
    property(user, 'startedAt') instanceof Date &&
    property(user, 'authenticatedAt') instanceof Date &&
    typeof property(user, 'how') === 'string' &&
    typeof property(user, 'remember') === 'boolean';
  // Each field was checked in the lines above.
  return whole ? (user as SignIn) : null;
}

/** Whether what pages read from session data has its shape: some other hand may have written it. */
export function isReadable(data: unknown): boolean {
  const notices = property(data, 'notices') ?? [];
  const user = property(property(data, 'passport'), 'user');
  return Array.isArray(notices) && notices.every(isNotice) && (!user || signInOf(data) !== null);
}

function isNotice(value: unknown): boolean {
  const params = property(value, 'params');
  return (
    typeof property(value, 'key') === 'string' && typeof params === 'object' && params !== null
  );
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

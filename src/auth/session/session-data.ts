import { areNotices } from '../../core/pages/notices.js';

/** Who is signed in, since when and by what. */
export interface SignIn {
  readonly userId: string;
  /** Equals the account's session epoch as long as the session is good. */
  readonly epoch: number;
  readonly startedAt: Date;
  /** When the person last authenticated: at the login, or later for a sensitive step. */
  readonly authenticatedAt: Date;
  /** How the person got in: ids of ways in (the `amr` of RFC 8176). */
  readonly methods: readonly string[];
  /** "Keep me logged in": the longer limits apply. */
  readonly remember: boolean;
}

declare module 'express-session' {
  interface SessionData {
    passport?: { user?: SignIn };
    /**
     * Token of the one-time record with what was typed before a re-authentication, and the page that it
     * belongs to.
     */
    heldForm?: { readonly token: string; readonly page: string };
  }
}

/** @returns the sign-in that session data holds; null when there is none or it is not whole */
export function signInOf(data: unknown): SignIn | null {
  const user = property(property(data, 'passport'), 'user');
  const whole =
    typeof property(user, 'userId') === 'string' &&
    typeof property(user, 'epoch') === 'number' &&
    property(user, 'startedAt') instanceof Date &&
    property(user, 'authenticatedAt') instanceof Date &&
    areTexts(property(user, 'methods')) &&
    typeof property(user, 'remember') === 'boolean';
  // Each field was checked in the lines above.
  return whole ? (user as SignIn) : null;
}

/** Whether what pages read from session data has its shape: another program may have written it. */
export function isReadable(data: unknown): boolean {
  const user = property(property(data, 'passport'), 'user');
  return areNotices(property(data, 'notices') ?? []) && (!user || signInOf(data) !== null);
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

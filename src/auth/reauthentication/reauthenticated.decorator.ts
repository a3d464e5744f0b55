import { SetMetadata, type Type } from '@nestjs/common';

/** A form that asks for the current password of an account that has one. */
export type ReauthenticatingForm = Type<{ readonly currentPassword?: string }>;

/** What a sensitive route asks for. */
export interface ReauthenticationRule {
  /** The page that holds the form, where the person comes back to; the route's own path if left out. */
  readonly page?: string;
  /**
   * The form, where a login is not enough, since a session that was taken just after it could lock its
   * person out: the form asks for the current password, unless the person has re-authenticated since. An
   * account without a password must re-authenticate.
   */
  readonly form?: ReauthenticatingForm;
}

export const REAUTHENTICATED = 'reauthenticated';

/**
 * Marks a route that changes how an account is opened or what happens to it: it needs a fresh
 * authentication of the person signed in (OWASP ASVS 7.5.1). What was typed waits meanwhile.
 */
export const Reauthenticated = (rule: ReauthenticationRule = {}) =>
  SetMetadata(REAUTHENTICATED, rule);

import { DomainError } from '../../core/domain-error.js';

/** One answer for every cause: unknown name, wrong password, account without a password. */
export class WrongCredentials extends DomainError {
  readonly code = 'wrong-credentials';
}

/** Somebody who is not signed in asked for a page that needs it. */
export class LoginRequired extends Error {}

/**
 * An identity that a provider has just vouched for and whose address belongs to an account here: it
 * waits until that account's person logs in and agrees.
 */
export interface PendingLink {
  readonly provider: string;
  readonly subject: string;
  readonly name: string;
  readonly login: string;
  /** Vouched for by the provider. */
  readonly email: string;
  readonly sealedToken?: string;
  /** The account that has the address. */
  readonly userId: string;
  readonly expiresAt: Date;
  /** Where the person wanted to go, vetted. */
  readonly next: string | null;
}

declare module 'express-session' {
  interface SessionData {
    pendingLink?: PendingLink;
  }
}

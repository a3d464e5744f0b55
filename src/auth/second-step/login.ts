import type { SeeOther } from '../../core/pages/page.js';
import type { Use } from '../../users/account-changes.js';
import type { User } from '../../users/user.js';

/** What stands between the first factor and a session. */
export type Step = 'second-step' | 'set-up';

/** How a login came about and what the person asked for with it. */
export interface Login {
  /** The id of the way in. */
  readonly method: string;
  /** Which one, where an account has several of its kind. */
  readonly which?: string;
  /** Whether it was two factors already. */
  readonly isTwoFactors?: boolean;
  readonly remember?: boolean;
  /** The account begins with it, or begins anew: that the device is not known is nothing to tell of. */
  readonly isFirst?: boolean;
  /** The notice that greets; `welcome` if left out. */
  readonly greeting?: string;
  /** Where to go afterwards, unchecked. */
  readonly next?: unknown;
  /** What the use of the way in leaves in the account: by the write that begins the session, or before a second step. */
  readonly use?: Use;
}

/** What a login comes to: a session, or a second step before there is one. */
export interface LoginOutcome {
  readonly kind: 'logged-in' | Step;
  /** The vetted page that was asked for, or home; the page of the second step. */
  readonly next: SeeOther;
}

/** A second step that was taken. */
export interface StepTaken {
  readonly step: Step;
  /** The id of the second factor. */
  readonly factor: string;
  /** The account as it was when the factor was verified. */
  readonly verified: User;
  /** Whether the step is not to be asked for again in this browser. */
  readonly trust?: boolean;
}

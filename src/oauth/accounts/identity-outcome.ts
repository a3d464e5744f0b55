import type { User } from '../../users/user.js';
import type { PendingLink } from './pending-links.js';

/** What a login through a provider comes to. */
export type IdentityOutcome =
  | { readonly kind: 'known' | 'registered'; readonly user: User }
  /** The address belongs to an account here: its person must log in and agree first. */
  | { readonly kind: 'pending'; readonly link: PendingLink };

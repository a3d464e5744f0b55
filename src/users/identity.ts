/** An account elsewhere. */
export interface Identity {
  /** Issuer and subject in one text, as `identityKey` joins them: the only thing that an identity is known by. */
  readonly key: string;
  /** The provider that it is used through. */
  readonly provider: string;
}

/** An identity that belongs to an account here. */
export interface LinkedIdentity extends Identity {
  readonly linkedAt: Date;
  /** What the provider called it at the last use: a login, an address or a name. It tells people which one it is. */
  readonly name?: string;
  /** When somebody last came in or re-authenticated by it; absent: not since it was linked. */
  readonly lastUsedAt?: Date;
  /** Kept for one use only: revoking the token when the link ends. */
  readonly sealedToken?: string;
}

/** An identity that was linked until a short time ago. */
export interface FormerIdentity extends Omit<LinkedIdentity, 'sealedToken'> {
  readonly unlinkedAt: Date;
}

/**
 * Joins the two so that no two pairs give one text: an encoded issuer holds no space. A subject is the
 * issuer's own id of a person, so it names nobody where the issuer is another (OpenID Connect Core 2).
 *
 * @param issuer who speaks for the subject: an address, or a constant for the provider
 * @param subject kept exactly as text
 */
export function identityKey(issuer: string, subject: string): string {
  return `${encodeURI(issuer)} ${subject}`;
}

/** Whether an identity of this key is one that the issuer speaks for. */
export function isFrom(issuer: string, key: string): boolean {
  return key.startsWith(identityKey(issuer, ''));
}

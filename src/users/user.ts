/** An account elsewhere. The subject is the provider's own id of the person, kept exactly as text. */
export interface Identity {
  readonly provider: string;
  readonly subject: string;
}

/** An identity that belongs to an account here. */
export interface LinkedIdentity extends Identity {
  readonly linkedAt: Date;
}

/** A person's account. Whatever counts as a way in is in this one document. */
export interface User {
  readonly id: string;
  /** As typed. */
  readonly username: string;
  /** What people see; may be any text of 1 to 80 characters, or be absent. */
  readonly name?: string;
  /** As typed. */
  readonly email?: string;
  /** When control of the address was shown; absent: it is only what somebody typed. */
  readonly emailVerifiedAt?: Date;
  /** When an address that nobody had proved went to its owner; absent once the person was told. */
  readonly emailMovedAt?: Date;
  readonly passwordHash?: string;
  readonly passwordChangedAt?: Date;
  readonly identities: readonly LinkedIdentity[];
  /** By provider, sealed; kept for one use only: taking the grant back when the link ends. */
  readonly sealedTokens?: Readonly<Record<string, string>>;
  /** A session is good while it carries this number; raising it ends all others at once. */
  readonly sessionEpoch: number;
  readonly createdAt: Date;
}

/** What a person changes on the profile page: null takes a value away, what is absent stays. */
export interface Profile {
  readonly username: string;
  readonly name: string | null;
}

/** What an account starts with. */
export type NewUser = Pick<User, 'username' | 'createdAt'> &
  Partial<
    Pick<
      User,
      'name' | 'email' | 'emailVerifiedAt' | 'passwordHash' | 'identities' | 'sealedTokens'
    >
  >;

/** A stored hash starts like this; anything else in its place, such as a lock mark, opens nothing. */
export const PASSWORD_HASH = /^\$/;

/** Whether a password can open the account now. */
export function hasPassword({ passwordHash }: Pick<User, 'passwordHash'>): boolean {
  return passwordHash !== undefined && PASSWORD_HASH.test(passwordHash);
}

/**
 * What opens the account now.
 *
 * @param usableProviders those that are configured; a link to another one is no way in
 * @returns `password` and providers' ids
 */
export function waysIn(user: User, usableProviders: readonly string[]): string[] {
  const linked = user.identities.map(({ provider }) => provider);
  return [
    ...(hasPassword(user) ? ['password'] : []),
    ...linked.filter((provider) => usableProviders.includes(provider)),
  ];
}

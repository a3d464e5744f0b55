import { domainToASCII } from 'node:url';

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

/** Lengths in Unicode code points; the forms and the database read them here. */
export const USERNAME = { min: 3, max: 40, pattern: /^[A-Za-z0-9_-]+$/ } as const;
export const NAME = { min: 1, max: 80 } as const;
export const EMAIL = { max: 80 } as const;

/** Names that could pass for the site itself, or that stand in an address of it (RFC 2142 and our own routes). */
const RESERVED = new Set(
  `abuse account accounts admin administrator anonymous api app assets auth billing blog callback
  constructor contact dashboard delete docs everyone facebook ftp github gitlab google guest health
  help home host hostmaster http https identities info latchkey legal localhost login logout mail
  me metrics moderator news noreply no-reply null oauth official owner passkey password postmaster
  privacy profile prototype register root security service session sessions settings shop signin
  signup signout staff static status superuser support sysadmin system team terms test token
  undefined user username users webmaster well-known wiki www __proto__ hasownproperty tostring
  valueof`.split(/\s+/),
);

/**
 * The form in which a user name is unique and looked up: compatibility-normalised (UAX 15) and
 * case-folded, so that a full-width or upper-case spelling is the same name.
 */
export function canonicalUsername(username: string): string {
  return fold(username);
}

/** The form in which an address is unique and looked up; the domain in its ASCII form (RFC 5891). */
export function canonicalEmail(email: string): string {
  const folded = fold(email);
  const at = folded.lastIndexOf('@');
  const domain = domainToASCII(folded.slice(at + 1));
  return domain === '' ? folded : folded.slice(0, at + 1) + domain;
}

/**
 * Reads what was typed to log in: a user name or an e-mail address. A user name can't hold an "@".
 *
 * @returns which of the two, in the form in which it is looked up
 */
export function readLogin(typed: string): { kind: 'email' | 'username'; canonical: string } {
  return typed.includes('@')
    ? { kind: 'email', canonical: canonicalEmail(typed) }
    : { kind: 'username', canonical: canonicalUsername(typed) };
}

/** Whether a name is kept for the site, in any case or spelling. */
export function isReservedUsername(username: string): boolean {
  return RESERVED.has(canonicalUsername(username));
}

/**
 * A display name without what can't be seen: controls, direction marks, tags and other format
 * characters (UTR 36) go, except the joiners that emoji and some scripts are written with; runs of
 * white space become one space.
 */
export function cleanName(name: string): string {
  return name
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/(?![\u200c\u200d])[\p{Cf}\p{Co}\p{Cn}\p{Cs}]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();
}

// Lower-casing alone keeps "ſ" and a final "ς" apart from what they are a case of. One round can
// make new characters that fold further, white space among them, so it goes on until nothing changes.
function fold(text: string): string {
  let folded = text;
  for (;;) {
    const next = folded.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC').trim();
    if (next === folded) return folded;
    folded = next;
  }
}

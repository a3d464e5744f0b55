import type OAuth2Strategy from 'passport-oauth2';
import type { Identity } from '../../users/identity.js';

/** A person as a provider described them. */
export interface ProviderProfile {
  /** The provider's own id of the person, kept exactly as text. */
  readonly subject: string;
  /** What people call them; may be empty. */
  readonly name: string;
  /** Their name for logging in there; may be empty. */
  readonly login: string;
  /** An address that the provider vouches for as theirs; null when it vouches for none. */
  readonly verifiedEmail: string | null;
}

/** An identity whose person is here, as a provider has just vouched. */
export interface VerifiedIdentity {
  readonly identity: Identity;
  readonly profile: ProviderProfile;
  /** The token that can be revoked when the link ends; null when the provider has no use for one. */
  readonly token: string | null;
}

/** A provider's addresses. Each can be set by configuration, for an installation of one's own and for tests. */
export interface Endpoints {
  readonly authorizationURL: string;
  readonly tokenURL: string;
  readonly userInfoURL: string;
  readonly emailsURL?: string;
  /** Where a token is revoked (RFC 7009); none: the provider has no such endpoint, and no token is kept. */
  readonly revocationURL?: string;
  /** The `iss` of authorization answers (RFC 9207), where the provider sends one. */
  readonly issuer?: string;
}

/** The application as it is registered with a provider. */
export interface Client {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What the strategy of every provider is made with; PKCE and state included, always. */
export interface StrategyOptions extends OAuth2Strategy.StrategyOptions {
  readonly callbackURL: string;
  readonly scope: string[];
}

/** What comes out of a strategy: the parsed answer of the user info endpoint, numbers as exact text. */
export type Answer = Readonly<Record<string, unknown>>;

/** What a strategy calls with the person's tokens and the provider's answer. */
export type Verify = (
  accessToken: string,
  refreshToken: string | undefined,
  profile: object,
  done: (error: null, result: object) => void,
) => void;

/** How a provider revokes a token. */
export interface Revocation {
  /** Which token does it: that one is kept, sealed, while the identity is linked. */
  readonly token: 'access' | 'refresh';
  request(token: string, client: Client, url: string): Request;
}

/**
 * A provider: all that is special about it, in one file. The list in `providers/providers.ts` is the
 * only other place that names it; routes, buttons, settings, configuration and tests come from there.
 */
export interface OAuthProvider {
  /** In addresses, in the database and, in capitals, in the names of its settings: letters only. */
  readonly id: string;
  /** The name that people know. */
  readonly label: string;
  /** Its mark in one colour: an SVG file of a package, or a path from the project's folder. */
  readonly icon: string;
  readonly scope: readonly string[];
  /** @param settings the environment, for what a provider wants beside addresses (`FACEBOOK_GRAPH_VERSION`) */
  endpoints(settings: Readonly<Record<string, string>>): Endpoints;
  /**
   * @returns who speaks for the provider's subjects: a constant, or the base address of an installation
   *   that can be somebody's own. Two issuers never share an identity.
   */
  issuer(endpoints: Endpoints): string;
  /** Makes the Passport strategy. */
  strategy(options: StrategyOptions, endpoints: Endpoints, verify: Verify): OAuth2Strategy;
  /**
   * Reads the person out of the answer. The subject must be the provider's own, never an address or
   * a login name, which can go to somebody else.
   *
   * @throws when the subject is missing
   */
  profile(answer: Answer): ProviderProfile;
  /** Options of the strategy for every flow. */
  readonly options?: Readonly<Record<string, string>>;
  /** Options with which the provider asks for a login again, as far as it can. */
  readonly freshLogin?: Readonly<Record<string, string>>;
  /** Absent: the provider has no endpoint for it, and no token is kept. */
  readonly revocation?: Revocation;
}

/** @returns the text of an answer's field; empty for anything else, missing included */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** OpenID Connect Core, section 2, for `sub`; the others' are shorter. */
const SUBJECT_MAX_LENGTH = 255;

/** @throws when the answer does not name the person */
export function subject(value: unknown): string {
  const name = text(value);
  if (name === '') throw new Error('The provider named no subject');
  if (name.length > SUBJECT_MAX_LENGTH) throw new Error('The subject is too long to be one');
  return name;
}

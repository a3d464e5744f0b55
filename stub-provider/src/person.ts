/** What an endpoint does instead of, or with, its ordinary answer. */
export type Fault =
  /** Answers properly, but only after 60 seconds. */
  | 'hangs'
  /** Sends its answer one character a second, so that only a limit on the whole answer helps. */
  | 'drips'
  /** Status 500 with a page instead of JSON. */
  | 'breaks'
  /** Status 403: the application may not read this. */
  | 'forbids'
  /** Status 404: there is nothing here for the application. */
  | 'is-missing'
  /** Status 200 with a page instead of JSON. */
  | 'answers-html'
  /** Status 200 with the JSON value `null` (a list holding `null` at the e-mails endpoint). */
  | 'answers-null'
  /** A well-formed answer of 50 MB, without a Content-Length. */
  | 'floods'
  /** 302 to another loopback address, which would answer. */
  | 'redirects'
  /** Closes the connection without an answer. */
  | 'hangs-up';

/** Where a person's flow leaves the ordinary path, and how. */
export type Behaviour =
  | {
      readonly at: 'authorize';
      readonly does: 'denies' | 'fails' | 'claims-another-issuer' | 'returns-through-a-second-host';
    }
  | { readonly at: 'token' | 'emails' | 'revocation'; readonly does: Fault }
  | { readonly at: 'userInfo'; readonly does: Fault | 'omits-the-id' };

/** Somebody with an account at every stubbed provider. */
export interface Person {
  /** The value to choose this person by. */
  readonly id: string;
  /** What the consent page calls the choice. */
  readonly title: string;
  /** One sentence on what choosing it does. */
  readonly explanation: string;
  /**
   * The provider's identifier, the same at each. GitHub and GitLab send it as a JSON number, so
   * leading zeros are lost there, and a subject that is no number becomes one made from its hash.
   */
  readonly subject: string;
  readonly name: string;
  readonly login: string;
  readonly email: string | null;
  /** The word 'false' stands for a provider that sends the flag as text. */
  readonly emailVerified: boolean | 'false';
  /** The address of a picture. */
  readonly avatar: string | null;
  /** `null` for the ordinary path. */
  readonly behaviour: Behaviour | null;
}

/** People under one heading of the consent page. */
export interface PeopleGroup {
  readonly heading: string;
  readonly people: readonly Person[];
}

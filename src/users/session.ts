/** What people call a browser and the system that it runs on. */
export interface BrowserName {
  readonly browser: string;
  readonly system: string;
}

/** A browser in which somebody is signed in. It is a part of the account, so it ends with it. */
export interface Session {
  /** Hash of the secret in the browser's cookie: a copy of the database holds no usable session. */
  readonly id: string;
  readonly startedAt: Date;
  /** As of some seconds: not every request writes it. */
  readonly lastSeenAt: Date;
  /** When the person last authenticated: at the login, or later for a sensitive step. */
  readonly authenticatedAt: Date;
  /** When the person last re-authenticated; none since the login. */
  readonly reauthenticatedAt?: Date;
  /** The id of the way in by which they did. */
  readonly reauthenticatedBy?: string;
  /** When the person last showed a second factor here; absent: never. */
  readonly factorAt?: Date;
  /** How the person got in: ids of ways in (the `amr` of RFC 8176). */
  readonly methods: readonly string[];
  /** "Stay logged in": the longer limits apply. */
  readonly remember: boolean;
  /** Absent: not known. */
  readonly browser?: BrowserName;
  /** Network address at the login, then as last seen; absent: not known. */
  readonly address?: string;
  /** Id of the one in whose place it came, if it came in one's. */
  readonly replaces?: string;
  /** Token of the one-time record with what was typed before a re-authentication, and the page that it belongs to. */
  readonly heldForm?: { readonly token: string; readonly page: string };
}

/** What is noted of a session that was seen. */
export type SessionSeen = Pick<Session, 'lastSeenAt' | 'address'>;

/** What a change does to the sessions of an account. */
export interface SessionChange {
  /** One that begins, or takes the place of the one with its id. */
  readonly put?: Session;
  /** Ids of those that end; `all` but the one that is put. */
  readonly end?: readonly string[] | 'all';
}

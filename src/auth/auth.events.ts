export class LoggedIn {
  constructor(
    readonly userId: string,
    /** `password`, or a provider's id. */
    readonly how: string,
  ) {}
}

export class LoginFailed {
  constructor(
    /** Null when no account has the name. */
    readonly userId: string | null,
    /** `login`, a provider's id, or the sensitive step that asked for the password. */
    readonly door: string,
    /** Why, when it was not a wrong password; `limit` when too many tries came before. */
    readonly reason?: string,
  ) {}
}

/** The person signed in proved who they are once more. */
export class PersonConfirmed {
  constructor(
    readonly userId: string,
    readonly how: string,
  ) {}
}

export class LoggedOut {
  constructor(readonly userId: string) {}
}

export class LoggedIn {
  constructor(
    readonly userId: string,
    readonly how: string,
  ) {}
}

export class LoginFailed {
  constructor(
    /** Null when no account has the name. */
    readonly userId: string | null,
    /** `login`, or the sensitive step that asked for the password. */
    readonly door: string,
    readonly blocked: boolean,
  ) {}
}

export class LoggedOut {
  constructor(readonly userId: string) {}
}

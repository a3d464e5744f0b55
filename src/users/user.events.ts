import type { Identity, User } from './user.js';

export class UserRegistered {
  constructor(
    readonly user: User,
    /** `password`, or a provider's id. */
    readonly how: string,
  ) {}
}

export class UserDeleted {
  constructor(readonly user: User) {}
}

export class ProfileChanged {
  constructor(readonly user: User) {}
}

export class EmailChanged {
  constructor(
    readonly user: User,
    readonly oldEmail: string | undefined,
  ) {}
}

/** An address that the account had never proved went to the person who proved it. */
export class EmailMoved {
  constructor(readonly userId: string) {}
}

export class IdentityLinked {
  constructor(
    readonly user: User,
    readonly identity: Identity,
  ) {}
}

export class IdentityUnlinked {
  constructor(
    /** As it was before. */
    readonly user: User,
    readonly identity: Identity,
  ) {}
}

export class PasswordChanged {
  constructor(readonly user: User) {}
}

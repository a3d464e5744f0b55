import type { User } from './user.js';

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

export class PasswordChanged {
  constructor(readonly user: User) {}
}

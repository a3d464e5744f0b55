import { Injectable } from '@nestjs/common';
import { On } from '../core/events.js';
import { Log } from '../core/http/log.js';
import { currentRequest } from '../core/http/request-context.js';
import {
  EmailChanged,
  EmailMoved,
  IdentityLinked,
  IdentityUnlinked,
  PasswordChanged,
  ProfileChanged,
  UserDeleted,
  UserRegistered,
} from '../users/user.events.js';
import { LoggedIn, LoggedOut, LoginFailed, PersonConfirmed } from '../auth/auth.events.js';

/** Writes one line about each thing that happens to an account (OWASP ASVS 16.3.1). */
@Injectable()
export class AuthLog {
  constructor(private readonly log: Log) {}

  @On(UserRegistered)
  registered({ user, how }: UserRegistered): void {
    this.write('registered', user.id, { how });
  }

  @On(LoggedIn)
  loggedIn({ userId, how }: LoggedIn): void {
    this.write('logged-in', userId, { how });
  }

  @On(LoginFailed)
  failed({ userId, door, reason = 'wrong-password' }: LoginFailed): void {
    this.write('login-failed', userId, { door, reason, result: 'failure' });
  }

  @On(PersonConfirmed)
  confirmed({ userId, how }: PersonConfirmed): void {
    this.write('person-confirmed', userId, { how });
  }

  @On(LoggedOut)
  loggedOut({ userId }: LoggedOut): void {
    this.write('logged-out', userId);
  }

  @On(ProfileChanged)
  profileChanged({ user }: ProfileChanged): void {
    this.write('profile-changed', user.id);
  }

  @On(EmailChanged)
  emailChanged({ user }: EmailChanged): void {
    this.write('email-changed', user.id);
  }

  @On(EmailMoved)
  emailMoved({ userId }: EmailMoved): void {
    this.write('email-moved', userId);
  }

  @On(IdentityLinked)
  linked({ user, identity }: IdentityLinked): void {
    this.write('identity-linked', user.id, { provider: identity.provider });
  }

  @On(IdentityUnlinked)
  unlinked({ user, identity }: IdentityUnlinked): void {
    this.write('identity-unlinked', user.id, { provider: identity.provider });
  }

  @On(PasswordChanged)
  passwordChanged({ user }: PasswordChanged): void {
    this.write('password-changed', user.id);
  }

  @On(UserDeleted)
  deleted({ user }: UserDeleted): void {
    this.write('deleted', user.id);
  }

  private write(event: string, userId: string | null, fields: Record<string, string> = {}): void {
    const request = currentRequest();
    this.log.event(event, {
      result: 'success',
      userId: userId ?? 'none',
      address: request?.address,
      userAgent: request?.userAgent,
      ...fields,
    });
  }
}

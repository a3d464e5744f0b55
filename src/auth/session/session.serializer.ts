import { Injectable, type OnModuleInit } from '@nestjs/common';
import passport from 'passport';
import type { SignIn } from './session-data.js';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';

/** What Passport keeps in the session, and how a request gets its person back from it. */
@Injectable()
export class SessionSerializer implements OnModuleInit {
  constructor(private readonly users: UsersService) {}

  onModuleInit(): void {
    // `LoginSession` hands over the person with the sign-in that is to be kept.
    passport.serializeUser<SignIn>((user, done) => done(null, (user as { signIn: SignIn }).signIn));
    passport.deserializeUser<SignIn>((signIn, done) => {
      this.restore(signIn).then(
        (user) => done(null, user ?? false),
        (error: unknown) => done(error),
      );
    });
  }

  private async restore(signIn: SignIn): Promise<User | null> {
    const user = await this.users.findById(signIn.userId);
    // The epoch ends all sessions of an account by one update of the account.
    return user?.sessionEpoch === signIn.epoch ? user : null;
  }
}

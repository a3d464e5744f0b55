import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { ViewLocals } from '../core/http/view-locals.js';
import { hasPassword, type User } from '../users/user.js';
import { UsersModule } from '../users/users.module.js';
import { AuthLog } from './auth-log.js';
import { AuthService } from './auth.service.js';
import { BcryptPasswordHasher } from './bcrypt.password-hasher.js';
import { ConfirmController } from './confirm.controller.js';
import { DeletionController } from './deletion.controller.js';
import { EmailController } from './email.controller.js';
import { LoginRequiredFilter } from './guards/login-required.filter.js';
import { SignedInGuard } from './guards/signed-in.guard.js';
import { KnownDevice } from './known-device.js';
import { LoginThrottle } from './login-throttle.js';
import { LoginController } from './login.controller.js';
import { LoginSession } from './login-session.js';
import { OldPathsController } from './old-paths.controller.js';
import { LocalStrategy } from './passport/local.strategy.js';
import { SessionSerializer } from './passport/session.serializer.js';
import { PasswordController } from './password.controller.js';
import { PasswordHasher } from './password-hasher.js';
import { PasswordPolicy } from './password-policy.js';
import { Proof } from './proof.js';
import { RegistrationController } from './registration.controller.js';
import { SessionCleaner } from './session-cleaner.js';

@Module({
  imports: [UsersModule, PassportModule.register({ session: true })],
  controllers: [
    RegistrationController,
    LoginController,
    PasswordController,
    EmailController,
    DeletionController,
    ConfirmController,
    OldPathsController,
  ],
  providers: [
    AuthService,
    AuthLog,
    SessionCleaner,
    KnownDevice,
    LoginSession,
    LoginThrottle,
    PasswordPolicy,
    Proof,
    LocalStrategy,
    SessionSerializer,
    { provide: PasswordHasher, useClass: BcryptPasswordHasher },
    { provide: APP_GUARD, useClass: SignedInGuard },
    { provide: APP_FILTER, useClass: LoginRequiredFilter },
  ],
  exports: [LoginSession, LoginThrottle, Proof],
})
export class AuthModule {
  constructor(locals: ViewLocals) {
    locals.add(({ user }) => ({ me: user && shown(user as User) }));
  }
}

// What pages may know of the person signed in: no hash, no identity's subject.
function shown(user: User): object {
  const { username, name, email, emailProvedAt, createdAt } = user;
  return {
    username,
    name,
    email,
    emailProved: emailProvedAt !== undefined,
    hasPassword: hasPassword(user),
    createdAt,
  };
}

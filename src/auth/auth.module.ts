import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import type { Request } from 'express';
import { SettingsModule } from '../core/config/settings.module.js';
import { Menus } from '../core/pages/menus.js';
import { ViewLocals } from '../core/pages/view-locals.js';
import { profileOf } from '../users/profile.js';
import type { User } from '../users/user.js';
import { WaysIn } from '../users/ways-in.js';
import { UsersModule } from '../users/users.module.js';
import { PasswordsService } from './passwords/passwords.service.js';
import { BcryptPasswordHasher } from './passwords/bcrypt.password-hasher.js';
import { ConfirmController } from './reauthentication/confirm.controller.js';
import { DeletionController } from './account/deletion.controller.js';
import { EmailController } from './account/email.controller.js';
import { KnownDevice } from './session/known-device.js';
import { LoginThrottle } from './passwords/login-throttle.js';
import { LoginController } from './login/login.controller.js';
import { LoginSession } from './session/login-session.js';
import { OldPathsController } from './account/old-paths.controller.js';
import { WellKnownController } from './account/well-known.controller.js';
import { LocalStrategy } from './login/local.strategy.js';
import { SessionCookie } from './session/session-cookie.js';
import { SessionMiddleware } from './session/session.middleware.js';
import { EmailRules } from './account/email.form.js';
import { PasswordRules } from './account/password.form.js';
import { RegistrationRules } from './registration/registration.form.js';
import { PasswordController } from './account/password.controller.js';
import { BcryptThreads } from './passwords/bcrypt.threads.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { PasswordSettings } from './passwords/password.settings.js';
import { PasswordPolicy } from './passwords/password-policy.js';
import { HeldForms } from './reauthentication/held-forms.js';
import { Reauthentication } from './reauthentication/reauthentication.js';
import { RegistrationSettings } from './registration/registration.settings.js';
import { RegistrationThrottle } from './registration/registration-throttle.js';
import { RegistrationService } from './registration/registration.service.js';
import { RegistrationController } from './registration/registration.controller.js';

@Module({
  imports: [
    SettingsModule.forFeature(PasswordSettings, RegistrationSettings),
    UsersModule,
    PassportModule,
  ],
  controllers: [
    RegistrationController,
    LoginController,
    PasswordController,
    EmailController,
    DeletionController,
    ConfirmController,
    OldPathsController,
    WellKnownController,
  ],
  providers: [
    PasswordsService,
    SessionCookie,
    SessionMiddleware,
    KnownDevice,
    LoginSession,
    LoginThrottle,
    BcryptThreads,
    PasswordPolicy,
    PasswordRules,
    EmailRules,
    RegistrationRules,
    Reauthentication,
    HeldForms,
    RegistrationService,
    RegistrationThrottle,
    LocalStrategy,
    { provide: PasswordHasher, useClass: BcryptPasswordHasher },
  ],
  exports: [
    HeldForms,
    KnownDevice,
    LoginSession,
    PasswordsService,
    Reauthentication,
    RegistrationThrottle,
  ],
})
export class AuthModule {
  constructor(locals: ViewLocals, menus: Menus, { minLength }: PasswordSettings, waysIn: WaysIn) {
    locals.add('me', ({ user }) => user && shown(user as User, waysIn));
    locals.add('passwordMinLength', () => minLength);
    menus.add(
      'main',
      { path: '/login', label: 'nav.login', order: 10, isShown: isSignedOut },
      { path: '/register', label: 'nav.register', order: 20, isShown: isSignedOut },
      { path: '/logout', label: 'nav.logout', order: 30, isShown: isSignedIn, posts: true },
    );
    menus.add(
      'settings',
      { path: '/settings/email', label: 'titles.auth/email', order: 20 },
      { path: '/settings/password', label: 'titles.auth/password', order: 30 },
      { path: '/settings/delete', label: 'titles.auth/delete', order: 90, apart: true },
    );
  }
}

function isSignedIn({ user }: Request): boolean {
  return Boolean(user);
}

function isSignedOut({ user }: Request): boolean {
  return !user;
}

// What pages may know of the person signed in: no hash, no identity's key.
function shown(user: User, waysIn: WaysIn): object {
  const { email, emailVerifiedAt, createdAt } = user;
  const ways = waysIn.opening(user);
  return {
    ...profileOf(user),
    email,
    emailVerified: emailVerifiedAt !== undefined,
    hasPassword: ways.some(({ reauthentication }) => reauthentication === 'password'),
    createdAt,
  };
}

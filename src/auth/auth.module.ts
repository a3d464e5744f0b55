import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import type { Request } from 'express';
import { SettingsModule } from '../core/config/settings.module.js';
import { MailSettings } from '../core/mail/mail.settings.js';
import { Menus } from '../core/pages/menus.js';
import { NoticeBoard } from '../core/pages/notice-board.js';
import type { Notice } from '../core/pages/notices.js';
import { ViewLocals } from '../core/pages/view-locals.js';
import type { User } from '../users/user.js';
import { WaysIn } from '../users/ways-in.js';
import { UsersModule } from '../users/users.module.js';
import { PasswordsService } from './passwords/passwords.service.js';
import { BcryptPasswordHasher } from './passwords/bcrypt.password-hasher.js';
import { ConfirmController } from './reauthentication/confirm.controller.js';
import { DeletionController } from './account/deletion.controller.js';
import { DeletionRules } from './account/deletion.form.js';
import { LogOutEverywhereController } from './account/log-out-everywhere.controller.js';
import { CodeThrottle } from './verification/code-throttle.js';
import { EmailConfirmController } from './verification/email-confirm.controller.js';
import { EmailVerification } from './verification/email-verification.js';
import { UnreachableAddresses } from './verification/unreachable-addresses.js';
import { VerificationNotices } from './verification/verification-notices.js';
import { VerificationPolicy } from './verification/verification-policy.js';
import { VerificationSettings } from './verification/verification.settings.js';
import { EmailController } from './account/email.controller.js';
import { KnownDevice } from './session/known-device.js';
import { LoginThrottle } from './passwords/login-throttle.js';
import { LoginController } from './login/login.controller.js';
import { LoginSession } from './session/login-session.js';
import { OldPathsController } from './account/old-paths.controller.js';
import { LastWay } from './login/last-way.js';
import { WellKnownController } from './account/well-known.controller.js';
import { LocalStrategy } from './login/local.strategy.js';
import { SessionsController } from './account/sessions.controller.js';
import { SessionList } from './session/session-list.js';
import { SecondStepSettings } from './second-step/second-step.settings.js';
import { passkeyControllers, passkeyProviders } from './passkey-pages.js';
import { FactorResetLinks } from './lost-factor/factor-reset-links.js';
import { lostFactorControllers, lostFactorProviders } from './lost-factor/lost-factor.js';
import { LostFactorSettings } from './lost-factor/lost-factor.settings.js';
import { shown } from './shown-person.js';
import { twoStepControllers, twoStepProviders } from './two-step.js';
import { MailedLoginController } from './mailed-login/mailed-login.controller.js';
import { LoginMails } from './mailed-login/login-mails.js';
import { MailedLoginSettings } from './mailed-login/mailed-login.settings.js';
import { MailedLogins } from './mailed-login/mailed-logins.js';
import { MailWay } from './mailed-login/mail-way.js';
import { SessionCookie } from './session/session-cookie.js';
import { SessionMiddleware } from './session/session.middleware.js';
import { emailState, passwordState } from './account/menu-states.js';
import { EmailRules } from './account/email.form.js';
import { PasswordRules } from './account/password.form.js';
import { RecoveryController } from './recovery/recovery.controller.js';
import { NotMeController } from './recovery/not-me.controller.js';
import { NotMeService } from './recovery/not-me.service.js';
import { NotMeLinks } from './recovery/not-me-links.js';
import { NewPasswordRules } from './recovery/recovery.form.js';
import { RecoveryService } from './recovery/recovery.service.js';
import { RegistrationRules } from './registration/registration.form.js';
import { PasswordController } from './account/password.controller.js';
import { BcryptThreads } from './passwords/bcrypt.threads.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { PasswordSettings } from './passwords/password.settings.js';
import { PasswordPolicy } from './passwords/password-policy.js';
import { HeldForms } from './reauthentication/held-forms.js';
import { MailedCodes } from './reauthentication/mailed-codes.js';
import { Reauthentication } from './reauthentication/reauthentication.js';
import { RegistrationSettings } from './registration/registration.settings.js';
import { RegistrationThrottle } from './registration/registration-throttle.js';
import { RegistrationService } from './registration/registration.service.js';
import { RegistrationController } from './registration/registration.controller.js';

@Module({
  imports: [
    SettingsModule.forFeature(
      PasswordSettings,
      RegistrationSettings,
      VerificationSettings,
      SecondStepSettings,
      LostFactorSettings,
      MailedLoginSettings,
    ),
    UsersModule,
    PassportModule,
  ],
  controllers: [
    RegistrationController,
    LoginController,
    MailedLoginController,
    RecoveryController,
    NotMeController,
    PasswordController,
    EmailController,
    EmailConfirmController,
    SessionsController,
    ...twoStepControllers,
    ...passkeyControllers,
    ...lostFactorControllers,
    DeletionController,
    LogOutEverywhereController,
    ConfirmController,
    OldPathsController,
    WellKnownController,
  ],
  providers: [
    PasswordsService,
    SessionCookie,
    SessionMiddleware,
    SessionList,
    KnownDevice,
    ...twoStepProviders,
    ...passkeyProviders,
    ...lostFactorProviders,
    LoginSession,
    LoginThrottle,
    BcryptThreads,
    PasswordPolicy,
    PasswordRules,
    EmailRules,
    DeletionRules,
    RegistrationRules,
    RecoveryService,
    NotMeLinks,
    NotMeService,
    NewPasswordRules,
    Reauthentication,
    HeldForms,
    MailedCodes,
    MailWay,
    MailedLogins,
    LoginMails,
    RegistrationService,
    LastWay,
    RegistrationThrottle,
    VerificationPolicy,
    EmailVerification,
    VerificationNotices,
    CodeThrottle,
    UnreachableAddresses,
    LocalStrategy,
    { provide: PasswordHasher, useClass: BcryptPasswordHasher },
  ],
  exports: [
    VerificationPolicy,
    HeldForms,
    KnownDevice,
    LoginSession,
    MailedCodes,
    NotMeLinks,
    FactorResetLinks,
    PasswordsService,
    Reauthentication,
    RegistrationThrottle,
  ],
})
export class AuthModule {
  constructor(
    locals: ViewLocals,
    menus: Menus,
    board: NoticeBoard,
    { minLength }: PasswordSettings,
    waysIn: WaysIn,
    lastWay: LastWay,
    reauthentication: Reauthentication,
    codes: MailedCodes,
    mail: MailSettings,
  ) {
    locals.add('mailAvailable', () => mail.way !== 'off');
    locals.add('lastWay', (request) => lastWay.of(request));
    locals.add('me', (request) => request.user && shown(request, waysIn, reauthentication));
    locals.add('mailsCode', ({ user }) => user && codes.isFor(user as User));
    locals.add('passwordMinLength', () => minLength);
    board.addBanner(({ user }) => emailMoved(user as User | undefined));
    board.addLink('email-moved', '/settings/email');
    board.addLink('email-taken', '/login', { isShown: ({ user }) => !user, keepsNext: true });
    board.addLink('verification-sent', '/development/outbox', {
      isShown: () => mail.way === 'outbox',
    });
    board.addLink('last-way-in', '/settings/password');
    board.addLink('identity-taken', '/logout');
    menus.add(
      'main',
      // One of the two: a phone has no room for more, and each page leads to the other.
      {
        path: '/login',
        label: 'nav.login',
        order: 10,
        isShown: isSignedOutElsewhere,
        keepsNext: true,
      },
      { path: '/register', label: 'nav.register', order: 20, isShown: isAtLogin, keepsNext: true },
    );
    menus.add(
      'settings',
      { path: '/settings/email', label: 'titles.auth/email', order: 20, state: emailState },
      {
        path: '/settings/password',
        label: 'titles.auth/password',
        order: 30,
        state: passwordState(waysIn),
      },
      { path: '/settings/delete', label: 'titles.auth/delete', order: 90, apart: true },
      { path: '/logout', label: 'nav.logout', order: 100, posts: true },
    );
  }
}

function isAtLogin({ user, path }: Request): boolean {
  return !user && path === '/login';
}

function isSignedOutElsewhere({ user, path }: Request): boolean {
  return !user && path !== '/login';
}

function emailMoved(user: User | undefined): Notice | null {
  return user?.emailMovedAt ? { kind: 'warning', key: 'notices.email-moved', params: {} } : null;
}

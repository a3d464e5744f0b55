import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
// Before the others, so that mistakes in what all stand on are told first.
import { CoreModule } from './core/core.module.js';
import { ActivityModule } from './activity/activity.module.js';
import { AuthModule } from './auth/auth.module.js';
import { ReauthenticationFilter } from './auth/reauthentication/reauthentication.filter.js';
import { ReauthenticationGuard } from './auth/reauthentication/reauthentication.guard.js';
import { LoginRequiredFilter } from './auth/session/login-required.filter.js';
import { SignedInGuard } from './auth/session/signed-in.guard.js';
import { VerificationFilter } from './auth/verification/verification.filter.js';
import { VerificationGuard } from './auth/verification/verification.guard.js';
import type { Environment } from './core/config/environment.js';
import { PlainInputGuard } from './core/http/plain-input.guard.js';
import { PlainQueryPipe } from './core/forms/plain-query.pipe.js';
import { CsrfGuard } from './core/forms/csrf.guard.js';
import { ErrorPageFilter } from './core/pages/error-pages.js';
import { FormPipe } from './core/forms/form.pipe.js';
import { HomeModule } from './home/home.module.js';
import { OAuthModule } from './oauth/oauth.module.js';
import { UsersModule } from './users/users.module.js';

/** What every route passes, each kind in this order. */
const global: Provider[] = [
  // What our pages can't send is refused first, then what another site sent, then
  // strangers, then people who must verify their address, or authenticate again.
  { provide: APP_GUARD, useClass: PlainInputGuard },
  { provide: APP_GUARD, useClass: CsrfGuard },
  { provide: APP_GUARD, useClass: SignedInGuard },
  { provide: APP_GUARD, useClass: VerificationGuard },
  { provide: APP_GUARD, useClass: ReauthenticationGuard },
  { provide: APP_PIPE, useClass: PlainQueryPipe },
  { provide: APP_PIPE, useExisting: FormPipe },
  // Nest asks the last filter first: this one answers what no other filter has answered.
  { provide: APP_FILTER, useClass: ErrorPageFilter },
  { provide: APP_FILTER, useClass: LoginRequiredFilter },
  { provide: APP_FILTER, useClass: VerificationFilter },
  { provide: APP_FILTER, useClass: ReauthenticationFilter },
];

/**
 * The composition root: core <- users <- auth <- oauth, one direction, and rooms above that nothing
 * imports.
 */
@Module({})
export class AppModule {
  /**
   * @param environment what the settings of all modules are read from
   * @throws InvalidConfiguration
   */
  static forRoot(environment: Environment): DynamicModule {
    return {
      module: AppModule,
      imports: [
        CoreModule.forRoot(environment),
        UsersModule,
        AuthModule,
        OAuthModule,
        ActivityModule,
        HomeModule,
      ],
      providers: global,
    };
  }
}

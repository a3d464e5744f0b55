import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { MongooseModule } from '@nestjs/mongoose';
import { TerminusModule } from '@nestjs/terminus';
import { Clock, SystemClock } from './clock.js';
import { AppConfig, readConfig } from './config/app-config.js';
import { readEnvironment } from './config/environment.js';
import { DatabaseModule } from './database/database.module.js';
import { Events } from './events.js';
import { HealthController } from './http/health.controller.js';
import { HomeController } from '../home/home.controller.js';
import { CsrfGuard } from './pages/csrf.guard.js';
import { ErrorPageFilter, ErrorPages } from './pages/error-pages.js';
import { formValidation } from './pages/form.decorator.js';
import { Log } from './http/log.js';
import { PageInterceptor } from './pages/page.interceptor.js';
import { Pages } from './pages/pages.js';
import { PlainInputGuard } from './http/plain-input.guard.js';
import { Shutdown } from './http/shutdown.js';
import { ViewLocals } from './pages/view-locals.js';
import { sessionSchema } from '../auth/session/session.schema.js';
import { SessionStore } from '../auth/session/session.store.js';
import { Throttle } from './throttle/throttle.js';
import { Assets } from './views/assets.js';
import { Messages } from './views/messages.js';
import { Views } from './views/views.js';

const shared = [
  Clock,
  AppConfig,
  Events,
  Log,
  Assets,
  Pages,
  ErrorPages,
  ViewLocals,
  SessionStore,
  Throttle,
];

/** What every module stands on; it knows no business words. */
@Global()
@Module({})
export class CoreModule {
  /**
   * Reads the environment when called, not when imported.
   *
   * @param check looks at the settings of other modules, and throws InvalidConfiguration as well
   * @throws InvalidConfiguration
   */
  static async forRoot(check: (config: AppConfig) => void): Promise<DynamicModule> {
    const config = readConfig(await readEnvironment());
    check(config);
    return {
      module: CoreModule,
      imports: [
        EventEmitterModule.forRoot(),
        DatabaseModule,
        MongooseModule.forFeature([{ name: 'Session', schema: sessionSchema }]),
        TerminusModule.forRoot({ logger: false }),
      ],
      controllers: [HomeController, HealthController],
      providers: [
        { provide: Clock, useClass: SystemClock },
        { provide: AppConfig, useValue: config },
        { provide: Log, useValue: new Log(config.production) },
        Events,
        Assets,
        Messages,
        Views,
        ViewLocals,
        Pages,
        ErrorPages,
        Shutdown,
        SessionStore,
        Throttle,
        { provide: APP_FILTER, useClass: ErrorPageFilter },
        { provide: APP_INTERCEPTOR, useClass: PageInterceptor },
        { provide: APP_PIPE, useValue: formValidation },
        // The order counts: what our pages can't send is refused first, then what another site sent.
        { provide: APP_GUARD, useClass: PlainInputGuard },
        { provide: APP_GUARD, useClass: CsrfGuard },
      ],
      exports: shared,
    };
  }
}

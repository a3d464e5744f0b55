import { type DynamicModule, Global, Module } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { Clock, SystemClock } from './clock.js';
import { CoreSettings } from './config/core.settings.js';
import type { Environment } from './config/environment.js';
import { SettingsModule } from './config/settings.module.js';
import { SealSettings } from './crypto/seal.settings.js';
import { DatabaseModule } from './database/database.module.js';
import { Events } from './events.js';
import { HttpSettings } from './http/http.settings.js';
import { HealthController } from './process/health.controller.js';
import { ErrorPages } from './pages/error-pages.js';
import { FormTokens } from './forms/form-tokens.js';
import { Notices } from './pages/notices.js';
import { FormPipe } from './forms/form.pipe.js';
import { Log } from './http/log.js';
import { LogOutput } from './process/log-output.js';
import { MailModule } from './mail/mail.module.js';
import { Menus } from './pages/menus.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { NoticeBoard } from './pages/notice-board.js';
import { Pages } from './pages/pages.js';
import { OneTimeModule } from './one-time/one-time.module.js';
import { Shutdown } from './process/shutdown.js';
import { ViewLocals } from './pages/view-locals.js';
import { Throttle } from './throttle/throttle.js';
import { Assets } from './views/assets.js';
import { Messages } from './views/messages.js';
import { Views } from './views/views.js';

const shared = [
  Clock,
  Events,
  Log,
  Assets,
  Messages,
  Views,
  Menus,
  NoticeBoard,
  Pages,
  ErrorPages,
  FormPipe,
  FormTokens,
  ViewLocals,
  Throttle,
  Notices,
];

const settings = SettingsModule.forFeature(CoreSettings, HttpSettings, SealSettings);

/** What every module stands on, the settings of all of them included; it knows no business words. */
@Global()
@Module({})
export class CoreModule {
  /**
   * @param environment what all settings are read from
   * @throws InvalidConfiguration
   */
  static forRoot(environment: Environment): DynamicModule {
    return {
      module: CoreModule,
      imports: [
        SettingsModule.forRoot(environment),
        settings,
        EventEmitterModule.forRoot(),
        DatabaseModule,
        OneTimeModule,
        MetricsModule,
        MailModule,
      ],
      controllers: [HealthController],
      providers: [
        { provide: Clock, useClass: SystemClock },
        LogOutput,
        Log,
        Events,
        Assets,
        Messages,
        Views,
        Menus,
        NoticeBoard,
        ViewLocals,
        Pages,
        ErrorPages,
        FormPipe,
        FormTokens,
        Notices,
        Shutdown,
        Throttle,
      ],
      exports: shared,
    };
  }
}

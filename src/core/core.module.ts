import { type DynamicModule, Global, Module } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { TerminusModule } from '@nestjs/terminus';
import { Clock, SystemClock } from './clock.js';
import { AppConfig, readConfig } from './config/app-config.js';
import { readEnvironment } from './config/environment.js';
import { DatabaseModule } from './database/database.module.js';
import { Events } from './events.js';
import { HealthController } from './http/health.controller.js';
import { ErrorPages } from './pages/error-pages.js';
import { FormPipe } from './pages/form.pipe.js';
import { Log } from './http/log.js';
import { Menus } from './pages/menus.js';
import { Pages } from './pages/pages.js';
import { OneTimeModule } from './one-time/one-time.module.js';
import { Shutdown } from './http/shutdown.js';
import { ViewLocals } from './pages/view-locals.js';
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
  Menus,
  Pages,
  ErrorPages,
  FormPipe,
  ViewLocals,
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
        OneTimeModule,
        TerminusModule.forRoot({ logger: false }),
      ],
      controllers: [HealthController],
      providers: [
        { provide: Clock, useClass: SystemClock },
        { provide: AppConfig, useValue: config },
        { provide: Log, useValue: new Log(config.production) },
        Events,
        Assets,
        Messages,
        Views,
        Menus,
        ViewLocals,
        Pages,
        ErrorPages,
        FormPipe,
        Shutdown,
        Throttle,
      ],
      exports: shared,
    };
  }
}

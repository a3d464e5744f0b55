import { Controller, Get } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
} from '@nestjs/terminus';
import { Database } from '../database/database.js';
import { Public } from '../pages/public.decorator.js';
import { Shutdown } from './shutdown.js';

/** For orchestrators: `live` says that the process answers, `ready` that it can do its work. */
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicator: HealthIndicatorService,
    private readonly database: Database,
    private readonly shutdown: Shutdown,
  ) {}

  @Get('live')
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('ready')
  @HealthCheck({ noCache: true })
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      async () => {
        const check = this.indicator.check('database');
        if (this.shutdown.begun || !this.database.ready) return check.down();
        return this.database.ping().then(
          () => check.up(),
          () => check.down(),
        );
      },
    ]);
  }
}

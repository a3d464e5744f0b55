import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Public } from '../pages/public.decorator.js';
import { Shutdown } from './shutdown.js';

/** For orchestrators: `live` says that the process answers, `ready` that it can do its work. */
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly shutdown: Shutdown,
  ) {}

  @Get('live')
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready(): Promise<{ status: string }> {
    if (this.shutdown.begun) throw new ServiceUnavailableException('The process is stopping');
    if (!this.database.ready) throw new ServiceUnavailableException('The database is away');
    await this.database.ping().catch((cause: unknown) => {
      throw new ServiceUnavailableException('The database does not answer', { cause });
    });
    return { status: 'ok' };
  }
}

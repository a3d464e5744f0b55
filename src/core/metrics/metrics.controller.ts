import { Controller, Get, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { Public } from '../pages/public.decorator.js';
import { MetricsGuard } from './metrics.guard.js';
import { Metrics } from './metrics.js';

/** For a Prometheus that knows the token. */
@Public()
@Controller('metrics')
@UseGuards(MetricsGuard)
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  async show(@Res() response: Response): Promise<void> {
    const { type, text } = await this.metrics.read();
    response.type(type).send(text);
  }
}

import { Global, Module } from '@nestjs/common';
import { SettingsModule } from '../config/settings.module.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';
import { MetricsSettings } from './metrics.settings.js';

/** Numbers about the process and its rooms, for whoever watches over it. */
@Global()
@Module({
  imports: [SettingsModule.forFeature(MetricsSettings)],
  controllers: [MetricsController],
  providers: [Metrics],
  exports: [Metrics],
})
export class MetricsModule {}

import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { configureApp } from './app.setup.js';
import { CoreSettings } from './core/config/core.settings.js';
import { readEnvironment } from './core/config/environment.js';
import { InvalidConfiguration } from './core/config/invalid-configuration.js';
import { Log } from './core/http/log.js';
import { hardenServer } from './core/http/server-limits.js';
import { catchStrayErrors } from './core/http/stray-errors.js';

try {
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.forRoot(readEnvironment()),
    { bodyParser: false, bufferLogs: true, abortOnError: false },
  );
  configureApp(app);
  hardenServer(app);
  catchStrayErrors(app);
  const { host, port, brand, baseUrl } = app.get(CoreSettings);
  await app.listen(port, host);
  app.get(Log).log(`${brand} is at ${baseUrl}`);
} catch (error) {
  if (error instanceof InvalidConfiguration) process.stderr.write(`${error.message}\n`);
  else
    process.stderr.write(
      `The start failed: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  process.exit(1);
}

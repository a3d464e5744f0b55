import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { configureApp } from './app.setup.js';
import { CoreSettings } from './core/config/core.settings.js';
import { readEnvironment } from './core/config/environment.js';
import { InvalidConfiguration } from './core/config/invalid-configuration.js';
import { Database } from './core/database/database.js';
import { UnusableDatabase } from './core/database/failures.js';
import { Log } from './core/http/log.js';
import { PageAdapter } from './core/pages/page.adapter.js';
import { hardenServer } from './core/process/server-limits.js';
import { catchStrayErrors } from './core/process/stray-errors.js';

/** The exit code for a server that can't be used; EX_UNAVAILABLE of sysexits.h. */
const UNUSABLE_DATABASE = 69;

try {
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.forRoot(readEnvironment()),
    new PageAdapter(),
    { bodyParser: false, bufferLogs: true, abortOnError: false },
  );
  configureApp(app);
  hardenServer(app);
  catchStrayErrors(app);
  const { host, port, brand, baseUrl } = app.get(CoreSettings);
  void app.get(Database).unusable.then(giveUp);
  await app.listen(port, host);
  app.get(Log).log(`${brand} is at ${baseUrl}`);
} catch (error) {
  giveUp(error);
}

function giveUp(error: unknown): void {
  const sentence = error instanceof Error ? error.message : String(error);
  const known = error instanceof InvalidConfiguration || error instanceof UnusableDatabase;
  process.stderr.write(known ? `${sentence}\n` : `The start failed: ${sentence}\n`);
  process.exit(error instanceof UnusableDatabase ? UNUSABLE_DATABASE : 1);
}

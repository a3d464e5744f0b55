import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
// Before the others, so that mistakes in what all stand on are told first.
import { CoreModule } from '../core/core.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { readEnvironment } from '../core/config/environment.js';
import { InvalidConfiguration } from '../core/config/invalid-configuration.js';
import { Database } from '../core/database/database.js';
import { UnusableDatabase } from '../core/database/failures.js';
import { clearFactors, type Outcome } from './users/clear-factors.js';

const USAGE = `Usage:
  npm run users -- clear-factors USERNAME   takes every second factor away, and tells the person by mail
`;

/** What accounts are made of, without pages of providers and without the rooms that listen. */
@Module({})
class AccountsModule {
  static forRoot(): DynamicModule {
    const core = CoreModule.forRoot(readEnvironment());
    return { module: AccountsModule, imports: [core, AuthModule] };
  }
}

/** `npm run users`: what an operator does with one account. It exits 0 when it was done. */
const { code, text } = await run();
(code === 0 ? process.stdout : process.stderr).write(text);
process.exitCode = code;

async function run(): Promise<Outcome> {
  const [command, username, ...more] = process.argv.slice(2);
  if (command !== 'clear-factors' || username === undefined || more.length > 0) {
    return { code: 2, text: USAGE };
  }
  try {
    const app = await NestFactory.createApplicationContext(AccountsModule.forRoot(), {
      logger: false,
      abortOnError: false,
    });
    try {
      if (!app.get(Database).ready) return { code: 1, text: 'The database can’t be used now.\n' };
      return await clearFactors(app, username);
    } finally {
      await app.close();
    }
  } catch (error) {
    const known = error instanceof InvalidConfiguration || error instanceof UnusableDatabase;
    if (!known) throw error;
    return { code: 1, text: `${error.message}\n` };
  }
}

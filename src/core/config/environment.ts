import { ConfigModule } from '@nestjs/config';
import { ignoresEnvFile } from './app-config.js';

/** @returns the environment as a start sees it: the process's own over that of the env file */
export async function readEnvironment(): Promise<Record<string, unknown>> {
  const environment: Record<string, unknown> = {};
  await ConfigModule.forRoot({
    ignoreEnvFile: ignoresEnvFile(),
    validate: (variables) => Object.assign(environment, variables),
  });
  return environment;
}

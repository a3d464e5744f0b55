import { ConfigModule } from '@nestjs/config';

/** @returns the environment as a start sees it: the process's own over that of the env file */
export async function readEnvironment(): Promise<Record<string, unknown>> {
  const environment: Record<string, unknown> = {};
  await ConfigModule.forRoot({
    // Tests bring their own settings.
    ignoreEnvFile: process.env['NODE_ENV'] === 'test',
    validate: (variables) => Object.assign(environment, variables),
  });
  return environment;
}

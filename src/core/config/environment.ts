import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** Names and values, as a process is started with them. An empty value counts as left out. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Relative to the folder in which the process was started. */
const FILE = '.env';

/** @returns the environment of this process over what the env file says; nothing else reads either */
export function readEnvironment(): Environment {
  const file = existsSync(FILE) ? parseEnv(readFileSync(FILE, 'utf8')) : {};
  return { ...file, ...process.env };
}

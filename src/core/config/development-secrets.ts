import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomToken } from '../crypto/random.js';
import { InvalidConfiguration } from './invalid-configuration.js';

export interface Secrets {
  SESSION_SECRET: string;
  PASSWORD_PEPPER: string;
}

/**
 * The secrets of development mode, made once and kept in the data folder, so that a restart signs
 * nobody out and a fresh clone needs no setting.
 *
 * @param dataDir the data folder; created when absent, readable by its owner alone
 */
export function developmentSecrets(dataDir: string): Secrets {
  const file = secretsFile(dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    // "wx" fails when the file is there: of two first starts at once, one makes it and both read it.
    writeFileSync(
      file,
      JSON.stringify({ SESSION_SECRET: randomToken(32), PASSWORD_PEPPER: randomToken(32) }),
      {
        flag: 'wx',
        mode: 0o600,
      },
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readSecrets(file);
}

/**
 * The secrets that were made before; where there are none yet, others that are kept nowhere. For a
 * look at the configuration that changes nothing.
 */
export function keptSecrets(dataDir: string): Secrets {
  const file = secretsFile(dataDir);
  if (existsSync(file)) return readSecrets(file);
  return { SESSION_SECRET: randomToken(32), PASSWORD_PEPPER: randomToken(32) };
}

/** Where the secrets of development mode are kept. */
export function secretsFile(dataDir: string): string {
  return join(dataDir, 'development-secrets.json');
}

function readSecrets(file: string): Secrets {
  try {
    const { SESSION_SECRET, PASSWORD_PEPPER } = JSON.parse(readFileSync(file, 'utf8')) as Secrets;
    if (typeof SESSION_SECRET === 'string' && typeof PASSWORD_PEPPER === 'string') {
      return { SESSION_SECRET, PASSWORD_PEPPER };
    }
  } catch {
    // Not JSON: told in the sentence below, as anything else that is not what was written.
  }
  throw new InvalidConfiguration([
    `${file} is damaged. Remove it to have new secrets made; passwords set in this data folder will no longer work then.`,
  ]);
}

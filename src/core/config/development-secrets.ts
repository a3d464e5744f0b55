import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomToken } from '../crypto/random.js';
import { InvalidConfiguration } from './invalid-configuration.js';

type Secrets = Readonly<Record<string, string>>;

/**
 * The secrets of development mode, made once and kept in the data folder, so that a restart logs
 * nobody out and a fresh clone needs no setting. Nothing is written before `save`.
 */
export class DevelopmentSecrets {
  readonly file: string;
  private kept?: Secrets;
  private readonly made: Record<string, string> = {};

  /** @param dataDir absolute path of the data folder, which may be absent */
  constructor(private readonly dataDir: string) {
    this.file = join(dataDir, 'development-secrets.json');
  }

  /**
   * @param name of the variable that would give it
   * @returns the secret that is kept, else a new one
   * @throws InvalidConfiguration when the file is damaged
   */
  of(name: string): string {
    this.kept ??= this.read();
    return this.kept[name] ?? (this.made[name] ??= randomToken(32));
  }

  /** Whether any was asked for. */
  get used(): boolean {
    return this.kept !== undefined;
  }

  /** Keeps the new ones. @returns whether there were any; what is kept must be read again then */
  save(): boolean {
    if (Object.keys(this.made).length === 0) return false;
    const content = JSON.stringify({ ...this.kept, ...this.made });
    if (existsSync(this.file)) this.replace(content);
    else this.create(content);
    return true;
  }

  private create(content: string): void {
    mkdirSync(this.dataDir, { recursive: true, mode: 0o700 });
    try {
      // "wx" fails when the file is there: of two first starts at once, one makes it and both read it.
      writeFileSync(this.file, content, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }

  // A crash half-way must not cost the secrets that passwords depend on.
  private replace(content: string): void {
    const fresh = `${this.file}.${process.pid}`;
    writeFileSync(fresh, content, { mode: 0o600 });
    renameSync(fresh, this.file);
  }

  private read(): Secrets {
    if (!existsSync(this.file)) return {};
    try {
      const secrets: unknown = JSON.parse(readFileSync(this.file, 'utf8'));
      if (isSecrets(secrets)) return secrets;
    } catch {
      // Not JSON: the sentence below tells of it, as of any other content that was not written here.
    }
    throw new InvalidConfiguration([
      `${this.file} is damaged. Remove it to have new secrets made; passwords set in this data folder will no longer work then.`,
    ]);
  }
}

function isSecrets(value: unknown): value is Secrets {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const secrets = Object.values(value);
  return secrets.length > 0 && secrets.every((each) => typeof each === 'string');
}

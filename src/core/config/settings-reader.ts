import { resolve } from 'node:path';
import { DevelopmentSecrets } from './development-secrets.js';
import type { Environment } from './environment.js';
import { InvalidConfiguration } from './invalid-configuration.js';
import { secretProblem } from './secret-strength.js';

/** A limit, with the rest of the sentence about it: "[20, ': each step doubles the time']". */
type Bound = number | readonly [limit: number, rest: string];

/**
 * Reads variables of one environment for the settings classes, and keeps a sentence for each that
 * can't be used: a reader goes on after a mistake, so that all of them are told at once.
 */
export class SettingsReader {
  /** One sentence for each mistake; a secret is in none. */
  readonly problems: string[] = [];
  /** Every variable that was asked for. */
  readonly names = new Set<string>();
  readonly mode: 'development' | 'production' | 'test';
  /** Whether the guards of a real deployment are on. */
  readonly production: boolean;
  /** Absolute path of the folder that holds what the application keeps by itself. */
  readonly dataDir: string;
  /**
   * The variables that are set, for those whose names are not known beforehand: without the spaces and
   * line breaks at their ends, which come along when a value is copied or read from a file.
   */
  readonly variables: Readonly<Record<string, string>>;
  /** The secrets that no variable gave, in development mode. */
  readonly made: DevelopmentSecrets;
  private readonly secretsByName = new Map<string, readonly string[]>();

  constructor(environment: Environment) {
    this.variables = Object.fromEntries(
      Object.entries(environment).flatMap(([name, value = '']) =>
        value.trim() === '' ? [] : [[name, value.trim()]],
      ),
    );
    this.mode = this.oneOf('NODE_ENV', ['development', 'production', 'test']);
    this.production = this.mode === 'production';
    this.dataDir = resolve(this.text('DATA_DIR', '.data'));
    this.made = new DevelopmentSecrets(this.dataDir);
  }

  /** The names of all secrets that were asked for. */
  get secretNames(): string[] {
    return [...this.secretsByName.keys()];
  }

  text(name: string, otherwise = ''): string {
    this.names.add(name);
    return this.variables[name] ?? otherwise;
  }

  /** @returns one of the choices, the first where the variable is left out */
  oneOf<T extends string>(name: string, choices: readonly [T, ...T[]]): T {
    const value = this.text(name, choices[0]);
    const choice = choices.find((each) => each === value);
    if (choice !== undefined) return choice;
    const all = `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
    this.problems.push(`${name} must be ${all}, or be left out.`);
    return choices[0];
  }

  wholeNumber(name: string, otherwise: number, bounds: { least: Bound; most: Bound }): number {
    const value = Number(this.text(name, String(otherwise)));
    const [least, restOfLeast] = boundOf(bounds.least);
    const [most, restOfMost] = boundOf(bounds.most);
    if (!Number.isInteger(value)) this.problems.push(`${name} must be a whole number.`);
    else if (value < least) this.problems.push(`${name} must be ${least} or more${restOfLeast}.`);
    else if (value > most) this.problems.push(`${name} must be ${most} or less${restOfMost}.`);
    return value;
  }

  /** Entries between commas. */
  list(name: string): readonly string[] {
    return this.text(name)
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '');
  }

  /**
   * Secrets of one purpose, newest first. Development mode makes one where none is given; production
   * never does.
   */
  secrets(name: string): readonly string[] {
    const given = this.list(name);
    const secrets = given.length > 0 || this.production ? given : this.madeSecrets(name);
    this.problems.push(...secretProblem(name, secrets));
    for (const [other, others] of this.secretsByName) {
      if (secrets.some((secret) => others.includes(secret))) {
        this.problems.push(`${other} and ${name} must differ.`);
      }
    }
    this.secretsByName.set(name, secrets);
    return secrets;
  }

  private madeSecrets(name: string): string[] {
    try {
      return [this.made.of(name)];
    } catch (error) {
      if (!(error instanceof InvalidConfiguration)) throw error;
      this.problems.push(...error.problems);
      return [];
    }
  }
}

function boundOf(bound: Bound): readonly [number, string] {
  return typeof bound === 'number' ? [bound, ''] : bound;
}

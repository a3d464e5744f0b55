import type { Environment } from './environment.js';
import { SettingsReader } from './settings-reader.js';

/** The settings of a room: made once at the start from the environment, frozen, injected by their class. */
export type SettingsClass<T extends object = object> = new (read: SettingsReader) => T;

/** What is wrong with one class of settings. */
export interface SettingsProblem {
  /** Null: what all of them are read by. */
  readonly kind: SettingsClass | null;
  readonly sentence: string;
}

/** The settings of every class, as one environment gives them. */
export class Configuration {
  readonly reader: SettingsReader;
  readonly problems: readonly SettingsProblem[];
  private readonly values = new Map<SettingsClass, object>();

  /** Writes nothing. */
  constructor(
    environment: Environment,
    readonly classes: readonly SettingsClass[],
  ) {
    this.reader = new SettingsReader(environment);
    const common = this.reader.problems.map((sentence) => ({ kind: null, sentence }));
    this.problems = [...common, ...classes.flatMap((kind) => this.read(kind))];
  }

  /** @returns the settings of a class; incomplete where there are problems */
  get<T extends object>(kind: SettingsClass<T>): T {
    // The map holds an instance of each of its keys.
    return this.values.get(kind) as T;
  }

  /** What is wrong, each thing once. */
  get sentences(): string[] {
    return [...new Set(this.problems.map(({ sentence }) => sentence))];
  }

  private read(kind: SettingsClass): SettingsProblem[] {
    const { problems } = this.reader;
    const before = problems.length;
    this.values.set(kind, Object.freeze(new kind(this.reader)));
    return problems.slice(before).map((sentence) => ({ kind, sentence }));
  }
}

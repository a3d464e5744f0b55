import type { Environment } from '../../src/core/config/environment.js';
import { InvalidConfiguration } from '../../src/core/config/invalid-configuration.js';
import type { SettingsClass } from '../../src/core/config/settings.js';
import { SettingsReader } from '../../src/core/config/settings-reader.js';

/**
 * The settings of one class, with what a test is about.
 *
 * @throws InvalidConfiguration
 */
export function settingsOf<T extends object>(
  kind: SettingsClass<T>,
  environment: Environment = {},
): T {
  const reader = new SettingsReader({ NODE_ENV: 'test', DATA_DIR: '/nowhere', ...environment });
  const settings = new kind(reader);
  if (reader.problems.length > 0) throw new InvalidConfiguration(reader.problems);
  return settings;
}

/** @returns what is wrong with the settings of one class */
export function problemsOf(kind: SettingsClass, environment: Environment): readonly string[] {
  const reader = new SettingsReader(environment);
  void new kind(reader);
  return reader.problems;
}

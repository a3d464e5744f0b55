import type { SettingsReader } from '../config/settings-reader.js';

/** Who may read the numbers of the process. */
export class MetricsSettings {
  /** Each opens them; without any there is no such path. */
  readonly tokens: readonly string[];

  constructor(read: SettingsReader) {
    // Asked first: development would make a secret that nobody has asked for.
    this.tokens = read.text('METRICS_TOKEN') === '' ? [] : read.secrets('METRICS_TOKEN');
  }
}

import type { SettingsReader } from '../config/settings-reader.js';

/** What sessions, cookies, one-time records and kept provider tokens are sealed with. */
export class SealSettings {
  /** Newest first: the first seals, all are accepted. */
  readonly secrets: readonly string[];

  constructor(read: SettingsReader) {
    this.secrets = read.secrets('SESSION_SECRET');
  }
}

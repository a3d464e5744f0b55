import type { SettingsReader } from '../../core/config/settings-reader.js';

/** What sessions, device cookies and kept provider tokens are sealed with. */
export class SessionSettings {
  /** Newest first: the first seals, all are accepted. */
  readonly secrets: readonly string[];

  constructor(read: SettingsReader) {
    this.secrets = read.secrets('SESSION_SECRET');
  }
}

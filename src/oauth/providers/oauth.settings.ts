import type { SettingsReader } from '../../core/config/settings-reader.js';
import { type ProviderSettings, readProvider } from './provider-settings.js';
import { providers } from './providers.js';

/** The accounts elsewhere that people can use. */
export class OAuthSettings {
  /** Those that have keys, in the order of their buttons. */
  readonly providers: readonly ProviderSettings[];

  constructor(read: SettingsReader) {
    this.providers = providers.flatMap((provider) => readProvider(provider, read) ?? []);
  }
}

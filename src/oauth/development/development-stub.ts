import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CoreSettings } from '../../core/config/core.settings.js';
import { SettingsReader } from '../../core/config/settings-reader.js';
import type { OAuthProvider } from '../providers/oauth-provider.js';
import { OAuthSettings } from '../providers/oauth.settings.js';
import {
  addressVariables,
  keyNames,
  type ProviderSettings,
  readProvider,
} from '../providers/provider-settings.js';
import {
  startStubProvider,
  stubbedProviders,
  type StubProvider,
} from '../stub-provider/stub-provider.js';

/** The stub that stands in for all providers on one's own machine while none has keys. */
@Injectable()
export class DevelopmentStub implements OnApplicationShutdown {
  private constructor(readonly stub: StubProvider | null) {}

  /** Starts it in development mode alone. */
  static async start(core: CoreSettings, { providers }: OAuthSettings): Promise<DevelopmentStub> {
    const wanted = core.development && providers.length === 0;
    return new DevelopmentStub(wanted ? await startStubProvider() : null);
  }

  /**
   * The settings by which the providers are the stub: its keys, its addresses, and an issuer of its
   * own, so that its identities are nobody's at a real provider.
   */
  settingsOf(providers: readonly OAuthProvider[]): ProviderSettings[] {
    const { stub } = this;
    if (!stub) return [];
    return providers.flatMap((provider) => {
      const name = stubbedProviders.find((each) => each === provider.id);
      if (!name) return [];
      const [idName, secretName] = keyNames(provider);
      const { clientId, clientSecret } = stub.credentials(name);
      const environment = {
        [idName]: clientId,
        [secretName]: clientSecret,
        ...addressVariables(provider, stub.endpoints(name)),
      };
      const settings = readProvider(provider, new SettingsReader(environment));
      return settings ? [{ ...settings, issuer: `stub:${provider.id}` }] : [];
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stub?.close();
  }
}

import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../../core/config/app-config.js';
import type { OAuthProvider } from '../providers/oauth-provider.js';
import { addressVariables, hasKeys, keyNames } from '../providers/provider-settings.js';
import { startStubProvider, stubbedProviders, type StubProvider } from '@latchkey/stub-provider';

/** The stub that stands in for all providers on one's own machine while none has keys. */
@Injectable()
export class DevelopmentStub implements OnApplicationShutdown {
  private constructor(readonly stub: StubProvider | null) {}

  /** Starts it in development mode alone. */
  static async start(
    config: AppConfig,
    providers: readonly OAuthProvider[],
  ): Promise<DevelopmentStub> {
    const wanted = config.development && !hasKeys(providers, config.variables);
    return new DevelopmentStub(wanted ? await startStubProvider() : null);
  }

  /** The environment in which the providers are the stub: only keys and addresses are its own. */
  variables(providers: readonly OAuthProvider[]): Readonly<Record<string, string>> {
    const { stub } = this;
    if (!stub) return {};
    return Object.assign(
      {},
      ...providers.map((provider) => {
        const name = stubbedProviders.find((each) => each === provider.id);
        if (!name) return {};
        const [idName, secretName] = keyNames(provider);
        const { clientId, clientSecret } = stub.credentials(name);
        return {
          [idName]: clientId,
          [secretName]: clientSecret,
          ...addressVariables(provider, stub.endpoints(name)),
        };
      }),
    ) as Record<string, string>;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stub?.close();
  }
}

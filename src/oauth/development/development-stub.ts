import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../../core/config/app-config.js';
import type { Client, Endpoints, OAuthProvider } from '../providers/oauth-provider.js';
import {
  addressVariables,
  hasKeys,
  keyNames,
  type ProviderSettings,
} from '../providers/provider-settings.js';

/**
 * Lets anybody be anybody, so a production install and its image do without it. As a constant and
 * not as the text of an import, the name is nothing that the compiler needs for a production build.
 */
const PACKAGE = '@latchkey/stub-provider';

/** What the application uses of the package. */
interface StubPackage {
  /** Ids of providers. */
  readonly stubbedProviders: readonly string[];
  startStubProvider(): Promise<Stub>;
}

/** A running stub. */
export interface Stub {
  readonly origin: string;
  /** @param provider one of `stubbedProviders` */
  credentials(provider: string): Client;
  /** @param provider one of `stubbedProviders` */
  endpoints(provider: string): Endpoints;
  close(): Promise<void>;
}

/** The stub that stands in for all providers on one's own machine while none has keys. */
@Injectable()
export class DevelopmentStub implements OnApplicationShutdown {
  private constructor(
    readonly stub: Stub | null,
    /** The environment in which the providers are the stub: only keys and addresses are its own. */
    readonly variables: Readonly<Record<string, string>>,
  ) {}

  /** Starts it in development mode alone, if its package is there. */
  static async start(
    config: AppConfig,
    providers: readonly OAuthProvider[],
  ): Promise<DevelopmentStub> {
    const wanted = config.development && !hasKeys(providers, config.variables);
    const found = wanted ? await findPackage() : null;
    if (!found) return new DevelopmentStub(null, {});
    const stub = await found.startStubProvider();
    const stubbed = providers.filter(({ id }) => found.stubbedProviders.includes(id));
    return new DevelopmentStub(stub, variablesOf(stub, stubbed));
  }

  /** The settings with the stub as issuer: its identities are nobody's at a real provider. */
  standIn(settings: readonly ProviderSettings[]): ProviderSettings[] {
    return settings.map((each) =>
      this.stub ? { ...each, issuer: `stub:${each.provider.id}` } : each,
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stub?.close();
  }
}

/** @returns the package; null, with a warning, where it is not installed or not compiled */
async function findPackage(): Promise<StubPackage | null> {
  try {
    return (await import(PACKAGE)) as StubPackage;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    new Logger('OAuth').warn(
      'No provider has keys, and the stub that would stand in for them is not there: install and start with "npm ci && npm start", or set the keys of a provider.',
    );
    return null;
  }
}

function variablesOf(stub: Stub, providers: readonly OAuthProvider[]): Record<string, string> {
  const each = providers.map((provider) => {
    const [idName, secretName] = keyNames(provider);
    const { clientId, clientSecret } = stub.credentials(provider.id);
    const addresses = addressVariables(provider, stub.endpoints(provider.id));
    return { [idName]: clientId, [secretName]: clientSecret, ...addresses };
  });
  return Object.assign({}, ...each) as Record<string, string>;
}

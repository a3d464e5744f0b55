import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { CoreSettings } from '../../core/config/core.settings.js';
import { SettingsReader } from '../../core/config/settings-reader.js';
import type { Client, Endpoints, OAuthProvider } from '../providers/oauth-provider.js';
import { OAuthSettings } from '../providers/oauth.settings.js';
import {
  addressVariables,
  keyNames,
  type ProviderSettings,
  readProvider,
} from '../providers/provider-settings.js';

/**
 * The package lets anybody be anybody, so a production install and its image do without it. The name is
 * a constant: written into the import, it would make the compiler look for the package.
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
    /** With the addresses and keys of the stub. */
    readonly settings: readonly ProviderSettings[],
  ) {}

  /** Starts it in development mode alone, if its package is there. */
  static async start(
    core: CoreSettings,
    { providers: configured }: OAuthSettings,
    providers: readonly OAuthProvider[],
  ): Promise<DevelopmentStub> {
    const wanted = core.development && configured.length === 0;
    const found = wanted ? await findPackage() : null;
    if (!found) return new DevelopmentStub(null, []);
    const stub = await found.startStubProvider();
    const stubbed = providers.filter(({ id }) => found.stubbedProviders.includes(id));
    return new DevelopmentStub(
      stub,
      stubbed.flatMap((provider) => settingsOf(stub, provider) ?? []),
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

// The stub is the issuer: its identities are nobody's at a real provider.
function settingsOf(stub: Stub, provider: OAuthProvider): ProviderSettings | null {
  const [idName, secretName] = keyNames(provider);
  const { clientId, clientSecret } = stub.credentials(provider.id);
  const environment = {
    [idName]: clientId,
    [secretName]: clientSecret,
    ...addressVariables(provider, stub.endpoints(provider.id)),
  };
  const settings = readProvider(provider, new SettingsReader(environment));
  return settings && { ...settings, issuer: `stub:${provider.id}` };
}

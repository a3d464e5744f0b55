import { Logger, Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { AppConfig } from '../core/config/app-config.js';
import { Menus } from '../core/pages/menus.js';
import { ViewLocals } from '../core/pages/view-locals.js';
import { Assets } from '../core/views/assets.js';
import { UsersModule } from '../users/users.module.js';
import { ProviderLogin } from './accounts/provider-login.js';
import { PendingLinkController } from './pending-link.controller.js';
import { FlowStarter } from './flow/flow-starter.js';
import { DevelopmentController } from './development/development.controller.js';
import { DevelopmentStub } from './development/development-stub.js';
import { TokenRevoker } from './accounts/token-revoker.js';
import { AuthorizationFlow } from './flow/authorization-flow.js';
import { IdentitiesController } from './identities.controller.js';
import { OAuthController } from './oauth.controller.js';
import { ProviderRegistry } from './providers/provider.registry.js';
import { IdentityWays } from './accounts/identity-ways.js';
import { IdentitiesService } from './accounts/identities.service.js';
import { readProviders } from './providers/provider-settings.js';
import { FlowStateStore } from './flow/flow-state-store.js';
import { providers } from './providers/providers.js';
import { TokenSeal } from './accounts/token-seal.js';
import { PendingLinks } from './accounts/pending-links.js';

@Module({
  imports: [UsersModule, AuthModule],
  controllers: [
    OAuthController,
    IdentitiesController,
    PendingLinkController,
    DevelopmentController,
  ],
  providers: [
    ProviderLogin,
    FlowStarter,
    IdentityWays,
    FlowStateStore,
    TokenRevoker,
    AuthorizationFlow,
    IdentitiesService,
    TokenSeal,
    PendingLinks,
    {
      provide: DevelopmentStub,
      inject: [AppConfig],
      useFactory: (config: AppConfig) => DevelopmentStub.start(config, providers),
    },
    {
      provide: ProviderRegistry,
      inject: [AppConfig, DevelopmentStub, FlowStateStore],
      useFactory: (config: AppConfig, stub: DevelopmentStub, store: FlowStateStore) => {
        const variables = { ...config.variables, ...stub.variables };
        const settings = stub.standIn(readProviders(providers, variables, config.production));
        return new ProviderRegistry(providers, settings, config.baseUrl, store);
      },
    },
  ],
})
export class OAuthModule {
  constructor(
    locals: ViewLocals,
    menus: Menus,
    assets: Assets,
    registry: ProviderRegistry,
    { stub }: DevelopmentStub,
  ) {
    for (const { icon } of providers) assets.include(icon);
    menus.add('settings', {
      path: '/settings/identities',
      label: 'titles.oauth/identities',
      order: 40,
    });
    locals.add('providers', () => registry.buttons);
    if (stub) {
      new Logger('OAuth').log(`No provider has keys: a stub stands in for all, at ${stub.origin}`);
    }
  }
}

/**
 * Looks at the providers' settings before anything is started: a mistake that a factory meets is
 * printed with a stack.
 *
 * @throws InvalidConfiguration
 */
export function checkProviders({ variables, production }: AppConfig): void {
  readProviders(providers, variables, production);
}

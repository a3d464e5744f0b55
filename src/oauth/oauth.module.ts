import { Logger, Module } from '@nestjs/common';
import { basename } from 'node:path';
import { AuthModule } from '../auth/auth.module.js';
import { CoreSettings } from '../core/config/core.settings.js';
import { SettingsModule } from '../core/config/settings.module.js';
import { Menus, type MenuState } from '../core/pages/menus.js';
import { ViewLocals } from '../core/pages/view-locals.js';
import { Assets } from '../core/views/assets.js';
import type { User } from '../users/user.js';
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
import { OAuthSettings } from './providers/oauth.settings.js';
import { FlowStateStore } from './flow/flow-state-store.js';
import { providers } from './providers/providers.js';
import { TokenSeal } from './accounts/token-seal.js';
import { PendingLinks } from './accounts/pending-links.js';

@Module({
  imports: [SettingsModule.forFeature(OAuthSettings), UsersModule, AuthModule],
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
      inject: [CoreSettings, OAuthSettings],
      useFactory: (core: CoreSettings, settings: OAuthSettings) =>
        DevelopmentStub.start(core, settings, providers),
    },
    {
      provide: ProviderRegistry,
      inject: [CoreSettings, OAuthSettings, DevelopmentStub, FlowStateStore],
      useFactory: (
        { baseUrl }: CoreSettings,
        { providers: configured }: OAuthSettings,
        { settings: stubbed }: DevelopmentStub,
        store: FlowStateStore,
      ) => new ProviderRegistry(providers, [...configured, ...stubbed], baseUrl, store),
    },
  ],
  exports: [ProviderRegistry],
})
export class OAuthModule {
  constructor(
    locals: ViewLocals,
    menus: Menus,
    assets: Assets,
    registry: ProviderRegistry,
    { stub }: DevelopmentStub,
  ) {
    // A provider whose mark the build did not find stops the start.
    for (const { icon } of providers) assets.mark(basename(icon, '.svg'));
    menus.add('settings', {
      path: '/settings/identities',
      label: 'titles.oauth/identities',
      order: 40,
      state: ({ user }) => identitiesState(registry, user as User),
    });
    locals.add('providers', () => registry.buttons);
    if (stub) {
      new Logger('OAuth').log(`No provider has keys: a stub stands in for all, at ${stub.origin}`);
    }
  }
}

function identitiesState(registry: ProviderRegistry, { identities }: User): MenuState {
  // One that came by a provider which the code no longer has opens nothing and has no name.
  const labels = registry.known
    .filter(({ id }) => identities.some(({ provider }) => provider === id))
    .map(({ label }) => label);
  if (labels.length === 0) return { text: { key: 'identities.state-none' } };
  return { text: { key: 'identities.state', params: { providers: labels.join(', ') } } };
}

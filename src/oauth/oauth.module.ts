import { Logger, Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AuthModule } from '../auth/auth.module.js';
import { CoreSettings } from '../core/config/core.settings.js';
import { SettingsModule } from '../core/config/settings.module.js';
import { ViewLocals } from '../core/pages/view-locals.js';
import { Assets } from '../core/views/assets.js';
import type { User } from '../users/user.js';
import { UsersModule } from '../users/users.module.js';
import { Arrivals } from './accounts/provider-login.js';
import { ConnectController } from './pending-link.controller.js';
import { Departures } from './flow/flow-starter.js';
import { DevelopmentController } from './development/development.controller.js';
import { DevelopmentStub } from './development/development-stub.js';
import { Flows } from './flow/flow.store.js';
import { GrantRevoker } from './accounts/token-revoker.js';
import { Handshake } from './flow/authorization-flow.js';
import { IdentitiesController } from './identities.controller.js';
import { flowSchema } from './flow/flow.schema.js';
import { OAuthController } from './oauth.controller.js';
import { OAuthRegistry } from './providers/provider.registry.js';
import { OAuthService } from './accounts/identities.service.js';
import { OAuthSettings } from './providers/oauth.settings.js';
import { FlowStateStore } from './flow/flow-state-store.js';
import { providers } from './providers/providers.js';
import { TokenSeal } from './accounts/token-seal.js';
import { WaitingLinks } from './accounts/pending-links.js';

@Module({
  imports: [
    SettingsModule.forFeature(OAuthSettings),
    UsersModule,
    AuthModule,
    MongooseModule.forFeature([{ name: 'Flow', schema: flowSchema }]),
  ],
  controllers: [OAuthController, IdentitiesController, ConnectController, DevelopmentController],
  providers: [
    Arrivals,
    Departures,
    Flows,
    FlowStateStore,
    GrantRevoker,
    Handshake,
    OAuthService,
    TokenSeal,
    WaitingLinks,
    {
      provide: DevelopmentStub,
      inject: [CoreSettings, OAuthSettings],
      useFactory: (core: CoreSettings, settings: OAuthSettings) =>
        DevelopmentStub.start(core, settings),
    },
    {
      provide: OAuthRegistry,
      inject: [CoreSettings, OAuthSettings, DevelopmentStub, FlowStateStore],
      useFactory: (
        { baseUrl }: CoreSettings,
        settings: OAuthSettings,
        stub: DevelopmentStub,
        store: FlowStateStore,
      ) => {
        const usable = [...settings.providers, ...stub.settingsOf(providers)];
        return new OAuthRegistry(providers, usable, baseUrl, store);
      },
    },
  ],
})
export class OAuthModule {
  constructor(
    locals: ViewLocals,
    assets: Assets,
    registry: OAuthRegistry,
    { stub }: DevelopmentStub,
  ) {
    for (const { icon } of providers) assets.include(icon);
    locals.add(({ user }) => ({
      providers: registry.buttons,
      stub: stub !== null,
      ...(user && {
        /** By which the person can prove who they are. */
        connected: registry.buttons.filter(({ id }) => isLinked(user as User, id)),
        /** What is stored, usable or not. */
        linked: registry.known.filter(({ id }) => isLinked(user as User, id)),
      }),
    }));
    if (stub) {
      new Logger('OAuth').log(`No provider has keys: a stub stands in for all, at ${stub.origin}`);
    }
  }
}

function isLinked({ identities }: User, id: string): boolean {
  return identities.some(({ provider }) => provider === id);
}

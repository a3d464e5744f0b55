import { type DynamicModule, Module } from '@nestjs/common';
import { AuthModule } from './auth/auth.module.js';
import { CoreModule } from './core/core.module.js';
import { checkProviders, OAuthModule } from './oauth/oauth.module.js';
import { UsersModule } from './users/users.module.js';

/** The composition root: core <- users <- auth <- oauth, one direction. */
@Module({})
export class AppModule {
  static async forRoot(): Promise<DynamicModule> {
    return {
      module: AppModule,
      imports: [await CoreModule.forRoot(checkProviders), UsersModule, AuthModule, OAuthModule],
    };
  }
}

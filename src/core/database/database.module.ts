import { Global, Module } from '@nestjs/common';
import { getConnectionToken } from '@nestjs/mongoose';
import mongoose from 'mongoose';
import { SettingsModule } from '../config/settings.module.js';
import { Database } from './database.js';
import { DatabaseSettings } from './database.settings.js';
import { notePlaces } from './error-facts.js';
import { endLostWrites } from './lost-writes.js';

endLostWrites();

/**
 * Provides the connection under Nest's own token, so that `MongooseModule.forFeature` works, but
 * opens it by `Database`: Mongoose's module gives up, or takes the process down, when MongoDB is
 * absent at the start.
 */
@Global()
@Module({
  imports: [SettingsModule.forFeature(DatabaseSettings)],
  providers: [
    {
      provide: getConnectionToken(),
      useFactory: () => mongoose.createConnection().plugin(notePlaces),
    },
    Database,
  ],
  exports: [getConnectionToken(), Database],
})
export class DatabaseModule {}

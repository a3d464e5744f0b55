import { Global, Module } from '@nestjs/common';
import { getConnectionToken } from '@nestjs/mongoose';
import mongoose from 'mongoose';
import { Database } from './database.js';
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

import { Global, Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { Browser } from './browser.js';
import { LatestTokens } from './latest-tokens.js';
import { OneTimeRecords } from './one-time-records.js';
import { oneTimeSchema } from './one-time.schema.js';

/** Secrets that are spent once, and the browsers that they belong to. */
@Global()
@Module({
  imports: [MongooseModule.forFeature([{ name: 'OneTime', schema: oneTimeSchema }])],
  providers: [OneTimeRecords, LatestTokens, Browser],
  exports: [OneTimeRecords, LatestTokens, Browser],
})
export class OneTimeModule {}

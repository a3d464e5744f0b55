import { Global, Module } from '@nestjs/common';
import { Browser } from './browser.js';
import { LatestTokens } from './latest-tokens.js';
import { OneTimeRecords } from './one-time-records.js';

/** Secrets that are spent once, and the browsers that they belong to. */
@Global()
@Module({
  providers: [OneTimeRecords, LatestTokens, Browser],
  exports: [OneTimeRecords, LatestTokens, Browser],
})
export class OneTimeModule {}

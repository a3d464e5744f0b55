import { Module } from '@nestjs/common';
import { AuthLog } from './auth-log.js';

/** Listens to what happens to accounts, and changes nothing. */
@Module({ providers: [AuthLog] })
export class ActivityModule {}

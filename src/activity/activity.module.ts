import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AuthModule } from '../auth/auth.module.js';
import { Menus } from '../core/pages/menus.js';
import { OAuthModule } from '../oauth/oauth.module.js';
import { UsersModule } from '../users/users.module.js';
import { ActivityController } from './activity.controller.js';
import { activitySchema } from './activity.schema.js';
import { ActivityService } from './activity.service.js';
import { AuthLog } from './auth-log.js';
import { FailedLogins } from './failed-logins.js';
import { Relay } from './relay.js';
import { SecurityNotices } from './security-notices.js';

/** Listens to what happens to accounts and tells of it: in the log, on a page, by mail. It changes nothing. */
@Module({
  imports: [
    MongooseModule.forFeature([{ name: 'Activity', schema: activitySchema }]),
    UsersModule,
    AuthModule,
    OAuthModule,
  ],
  controllers: [ActivityController],
  providers: [AuthLog, ActivityService, FailedLogins, SecurityNotices, Relay],
})
export class ActivityModule {
  constructor(menus: Menus) {
    menus.add('settings', {
      path: '/settings/activity',
      label: 'titles.activity/activity',
      order: 70,
    });
  }
}

import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { Menus } from '../core/pages/menus.js';
import { ViewLocals } from '../core/pages/view-locals.js';
import { EmailsService } from './emails.service.js';
import { AccountChanges } from './account-changes.js';
import { MongooseUserRepository } from './mongoose/mongoose-user.repository.js';
import { userSchema } from './mongoose/user.schema.js';
import { NameAvailability } from './names/name-availability.js';
import { NameThrottle } from './names/name-throttle.js';
import { ProfileController } from './profile.controller.js';
import { ProfileRules } from './profile.form.js';
import type { User } from './user.js';
import { UserRepository } from './user.repository.js';
import { UsersService } from './users.service.js';
import { WaysIn } from './ways-in.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: 'User', schema: userSchema }])],
  controllers: [ProfileController],
  providers: [
    AccountChanges,
    EmailsService,
    UsersService,
    WaysIn,
    NameThrottle,
    NameAvailability,
    ProfileRules,
    { provide: UserRepository, useClass: MongooseUserRepository },
  ],
  exports: [AccountChanges, EmailsService, UsersService, WaysIn, NameThrottle, NameAvailability],
})
export class UsersModule {
  constructor(locals: ViewLocals, menus: Menus, waysIn: WaysIn) {
    locals.add('ways', ({ user }) => (user ? waysIn.of(user as User) : []));
    menus.add('main', {
      path: '/settings',
      label: 'nav.settings',
      order: 10,
      section: true,
      isShown: ({ user }) => Boolean(user),
    });
    menus.add('settings', { path: '/settings', label: 'titles.users/profile', order: 10 });
  }
}

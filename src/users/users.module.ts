import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { Menus } from '../core/pages/menus.js';
import { ViewLocals } from '../core/pages/view-locals.js';
import { MongooseUserRepository } from './mongoose/mongoose-user.repository.js';
import { userSchema } from './mongoose/user.schema.js';
import { NameThrottle } from './name-throttle.js';
import { ProfileController } from './profile.controller.js';
import type { User } from './user.js';
import { UserRepository } from './user.repository.js';
import { UsersService } from './users.service.js';
import { WaysIn } from './ways-in.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: 'User', schema: userSchema }])],
  controllers: [ProfileController],
  providers: [
    UsersService,
    WaysIn,
    NameThrottle,
    { provide: UserRepository, useClass: MongooseUserRepository },
  ],
  exports: [UsersService, WaysIn, NameThrottle],
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

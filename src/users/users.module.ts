import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { Menus } from '../core/pages/menus.js';
import { MongooseUserRepository } from './mongoose/mongoose-user.repository.js';
import { userSchema } from './mongoose/user.schema.js';
import { NameThrottle } from './name-throttle.js';
import { ProfileController } from './profile.controller.js';
import { UserRepository } from './user.repository.js';
import { UsersService } from './users.service.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: 'User', schema: userSchema }])],
  controllers: [ProfileController],
  providers: [
    UsersService,
    NameThrottle,
    { provide: UserRepository, useClass: MongooseUserRepository },
  ],
  exports: [UsersService, NameThrottle],
})
export class UsersModule {
  constructor(menus: Menus) {
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

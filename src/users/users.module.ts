import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { MongooseUserRepository } from './mongoose/mongoose-user.repository.js';
import { userSchema } from './mongoose/user.schema.js';
import { NameThrottle } from './name-throttle.js';
import { ProfileController } from './profile.controller.js';
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
export class UsersModule {}

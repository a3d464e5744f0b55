import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { Menus, type MenuState } from '../core/pages/menus.js';
import { NoticeBoard } from '../core/pages/notice-board.js';
import { ViewLocals } from '../core/pages/view-locals.js';
import { AccountUndo } from './undo/account-undo.js';
import { EmailClaims } from './email-claims.js';
import { EmailsService } from './emails.service.js';
import { AccountChanges } from './account-changes.js';
import { PasskeyOwners } from './factors/passkey-owners.js';
import { FactorResets } from './factors/factor-resets.js';
import { SecondFactors } from './factors/second-factors.js';
import { MongooseUserRepository } from './mongoose/mongoose-user.repository.js';
import { UntoldRecords } from './mongoose/untold-records.js';
import { userSchema } from './mongoose/user.schema.js';
import { NameAvailability } from './names/name-availability.js';
import { NameThrottle } from './names/name-throttle.js';
import { ProfileController } from './settings/profile.controller.js';
import { ProfileRules } from './settings/profile.form.js';
import { SettingsController } from './settings/settings.controller.js';
import type { User } from './user.js';
import { UserRepository } from './user.repository.js';
import { UsersService } from './users.service.js';
import { WaysIn } from './ways-in.js';

/** What other modules get, too. */
const SERVICES = [
  AccountChanges,
  AccountUndo,
  EmailClaims,
  EmailsService,
  UsersService,
  WaysIn,
  SecondFactors,
  PasskeyOwners,
  FactorResets,
  NameThrottle,
  NameAvailability,
];

@Module({
  imports: [MongooseModule.forFeature([{ name: 'User', schema: userSchema }])],
  controllers: [SettingsController, ProfileController],
  providers: [
    ...SERVICES,
    ProfileRules,
    UntoldRecords,
    { provide: UserRepository, useClass: MongooseUserRepository },
  ],
  exports: SERVICES,
})
export class UsersModule {
  constructor(locals: ViewLocals, menus: Menus, board: NoticeBoard, waysIn: WaysIn) {
    locals.add('ways', ({ user }) => (user ? waysIn.of(user as User) : []));
    board.addLink('username-given', '/settings/profile');
    menus.add('account', { path: '/settings', label: 'nav.settings', order: 10, section: true });
    menus.add('settings', {
      path: '/settings/profile',
      label: 'titles.users/profile',
      order: 10,
      state: ({ user }) => profileState(user as User),
    });
  }
}

function profileState({ username, name }: User): MenuState {
  return name === undefined
    ? { text: { key: 'profile.state-no-name', params: { username } } }
    : { text: { key: 'profile.state', params: { username, name } } };
}

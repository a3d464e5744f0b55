import { Body, Controller, Get, Post } from '@nestjs/common';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { Form } from '../../core/forms/form.decorator.js';
import { NotSensitive } from '../../core/pages/not-sensitive.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { ProfileForm } from './profile.form.js';
import { profileOf } from '../profile.js';
import type { User } from '../user.js';
import { UsersService } from '../users.service.js';

@Controller('settings/profile')
export class ProfileController {
  constructor(private readonly users: UsersService) {}

  @Get()
  show(@CurrentUser() user: User): Page {
    return new Page('users/profile', { values: { ...profileOf(user) } });
  }

  @Post()
  @NotSensitive('What opens the account stays as it is.')
  @Form('users/profile')
  async save(@CurrentUser() user: User, @Body() profile: ProfileForm): Promise<SeeOther> {
    await this.users.changeProfile(user, profile);
    return new SeeOther('/settings/profile').with('success', 'profile-saved');
  }
}

import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { clientNetwork } from '../core/http/client-address.js';
import { CurrentUser } from '../core/pages/current-user.decorator.js';
import { Form } from '../core/pages/form.decorator.js';
import { NotSensitive } from '../core/pages/not-sensitive.decorator.js';
import { Page, SeeOther } from '../core/pages/page.js';
import { NameField, UsernameField } from './fields.js';
import { NameThrottle } from './name-throttle.js';
import type { User } from './user.js';
import { UsersService } from './users.service.js';

class ProfileForm {
  @UsernameField()
  username: string;

  @NameField({ required: false })
  name: string;
}

@Controller('settings')
export class ProfileController {
  constructor(
    private readonly users: UsersService,
    private readonly throttle: NameThrottle,
  ) {}

  @Get()
  show(@CurrentUser() { username, name }: User): Page {
    return new Page('users/profile', { values: { username, name } });
  }

  @Post()
  @NotSensitive('What opens the account stays as it is.')
  @Form('users/profile')
  async save(
    @Req() request: Request,
    @CurrentUser() user: User,
    @Body() { username, name }: ProfileForm,
  ): Promise<SeeOther> {
    await this.throttle.consume(clientNetwork(request));
    await this.users.changeProfile(user, { username, name: name || null });
    return new SeeOther('/settings').with('success', 'profile-saved');
  }
}

import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { Form } from '../../core/forms/form.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';
import { Reauthenticated } from '../reauthentication/reauthenticated.decorator.js';
import { LoginSession } from '../session/login-session.js';
import { DeletionForm } from './deletion.form.js';

@Controller('settings/delete')
@Reauthenticated({ form: DeletionForm })
export class DeletionController {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: LoginSession,
  ) {}

  @Get()
  show(): Page {
    return new Page('auth/delete');
  }

  @Post()
  @Form('auth/delete')
  async delete(
    @Req() request: Request,
    @CurrentUser() user: User,
    @Body() _confirmed: DeletionForm,
  ): Promise<SeeOther> {
    await this.users.delete(user);
    this.sessions.forget(request);
    return new SeeOther('/').with('success', 'account-deleted');
  }
}

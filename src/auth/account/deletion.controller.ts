import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { Form } from '../../core/pages/form.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';
import { DeletionForm } from './account.forms.js';
import { LoginSession } from '../session/login-session.js';
import { Proof } from '../reauthentication/reauthentication.js';

@Controller('settings/delete')
export class DeletionController {
  constructor(
    private readonly users: UsersService,
    private readonly proof: Proof,
    private readonly sessions: LoginSession,
  ) {}

  @Get()
  show(@Req() request: Request, @CurrentUser() user: User): Page {
    this.proof.prepare(request, user);
    return new Page('auth/delete');
  }

  @Post()
  @Form('auth/delete')
  async delete(
    @Req() request: Request,
    @CurrentUser() user: User,
    @Body() { currentPassword }: DeletionForm,
  ): Promise<SeeOther> {
    await this.proof.demand(request, user, currentPassword, 'delete');
    await this.users.delete(user);
    await this.sessions.end(request);
    return new SeeOther('/').with('success', 'account-deleted');
  }
}

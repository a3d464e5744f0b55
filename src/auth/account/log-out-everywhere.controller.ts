import { Controller, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { SeeOther } from '../../core/pages/page.js';
import { AccountChanges } from '../../users/account-changes.js';
import type { User } from '../../users/user.js';
import { LoginSession } from '../session/login-session.js';
import { LoggedOutEverywhere } from '../session/session.events.js';

/** Ends every session of the person signed in; whoever stole one of them is out as well. */
@Controller('logout/everywhere')
export class LogOutEverywhereController {
  constructor(
    private readonly changes: AccountChanges,
    private readonly sessions: LoginSession,
  ) {}

  @Post()
  async logOut(@Req() request: Request, @CurrentUser() user: User): Promise<SeeOther> {
    await this.changes.change(user, () => ({
      change: { sessions: { end: 'all' } },
      event: new LoggedOutEverywhere(user.id),
    }));
    this.sessions.forget(request);
    return new SeeOther('/login').with('success', 'logged-out-everywhere');
  }
}

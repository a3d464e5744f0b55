import { Controller, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Events } from '../../core/events.js';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { SeeOther } from '../../core/pages/page.js';
import type { User } from '../../users/user.js';
import { LoginSession } from '../session/login-session.js';
import { LoggedOutEverywhere } from '../session/session.events.js';
import { SessionStore } from '../session/session.store.js';

/** Ends every session of the person signed in; whoever stole one of them is out as well. */
@Controller('logout/everywhere')
export class LogOutEverywhereController {
  constructor(
    private readonly store: SessionStore,
    private readonly sessions: LoginSession,
    private readonly events: Events,
  ) {}

  @Post()
  async logOut(@Req() request: Request, @CurrentUser() { id }: User): Promise<SeeOther> {
    await this.store.endAll(id);
    await this.sessions.end(request);
    await this.events.publish(new LoggedOutEverywhere(id));
    return new SeeOther('/login').with('success', 'logged-out-everywhere');
  }
}

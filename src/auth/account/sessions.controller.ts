import { Controller, Get, Param, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { Menus } from '../../core/pages/menus.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { AccountChanges } from '../../users/account-changes.js';
import type { SignedInUser, User } from '../../users/user.js';
import { Reauthenticated } from '../reauthentication/reauthenticated.decorator.js';
import { LoginSession } from '../session/login-session.js';
import { SessionList } from '../session/session-list.js';
import { OtherSessionsEnded, SessionEnded } from '../session/session.events.js';

const PAGE = '/settings/sessions';

/** Where the person is logged in, and how they end that elsewhere. */
@Controller('settings/sessions')
export class SessionsController {
  constructor(
    private readonly list: SessionList,
    private readonly changes: AccountChanges,
    private readonly sessions: LoginSession,
    menus: Menus,
  ) {
    menus.add('settings', {
      path: PAGE,
      label: 'titles.auth/sessions',
      order: 60,
      state: ({ user }) => ({
        text: { key: 'sessions.state', params: { count: list.count(user as User) } },
      }),
    });
  }

  @Get()
  show(@CurrentUser() user: SignedInUser): Page {
    const [current, ...others] = this.list.of(user);
    return new Page('auth/sessions', { current, others });
  }

  @Post(':handle/end')
  @Reauthenticated({ page: PAGE })
  async end(
    @Param('handle') handle: string,
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
  ): Promise<Page | SeeOther> {
    if (this.list.find([user.session], handle)) {
      await this.sessions.end(request);
      return new SeeOther('/login').with('success', 'logged-out');
    }
    const ended = await this.changes.endAnother(
      user,
      (sessions) => this.list.find(sessions, handle),
      (session) => new SessionEnded(user.id, session),
    );
    // Nothing is kept of a session that has ended: it looks as one that never was the person's.
    if (!ended) return new Page('auth/session-gone', {}, 404);
    const to = new SeeOther(PAGE);
    return ended.browser
      ? to.with('success', 'session-ended', { ...ended.browser })
      : to.with('success', 'unknown-session-ended');
  }

  /** The own cookie is renewed, so that whoever has a copy of it is out as well. */
  @Post('end-others')
  @Reauthenticated({ page: PAGE })
  async endOthers(@Req() request: Request, @CurrentUser() user: SignedInUser): Promise<SeeOther> {
    await this.sessions.renewAlone(request, user, (sessions) =>
      this.changes.change(user, () => ({
        change: { sessions },
        event: new OtherSessionsEnded(user.id),
      })),
    );
    return new SeeOther(PAGE).with('success', 'other-sessions-ended');
  }
}

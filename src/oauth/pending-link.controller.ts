import { Controller, Get, Post, Req, UseFilters, UseGuards } from '@nestjs/common';
import type { Request } from 'express';
import { LocalAuthGuard } from '../auth/login/local-auth.guard.js';
import { PASSWORD } from '../auth/passwords/passwords.service.js';
import { Reauthenticated } from '../auth/reauthentication/reauthenticated.decorator.js';
import { LoginSession } from '../auth/session/login-session.js';
import { clientNetwork } from '../core/http/client-address.js';
import { Form } from '../core/forms/form.decorator.js';
import { Browser } from '../core/one-time/browser.js';
import { CurrentUser } from '../core/pages/current-user.decorator.js';
import { Page, SeeOther } from '../core/pages/page.js';
import { Public } from '../core/pages/public.decorator.js';
import { leadingTo } from '../core/pages/return-path.js';
import { canonicalEmail } from '../users/names/email-address.js';
import type { SignedInUser, User } from '../users/user.js';
import { UsersService } from '../users/users.service.js';
import { WaysIn } from '../users/ways-in.js';
import { IdentitiesService } from './accounts/identities.service.js';
import { type PendingLink, PendingLinks } from './accounts/pending-links.js';
import { ProviderLogin } from './accounts/provider-login.js';
import { FlowRefusedFilter } from './flow/flow-refused.filter.js';
import { ProviderRegistry } from './providers/provider.registry.js';

/**
 * The pages for somebody whose verified address belongs to an account here: they log in to that
 * account in any of its own ways, then agree that the two belong together.
 */
@Controller('pending-link')
@UseFilters(FlowRefusedFilter)
export class PendingLinkController {
  constructor(
    private readonly users: UsersService,
    private readonly waysIn: WaysIn,
    private readonly identities: IdentitiesService,
    private readonly registry: ProviderRegistry,
    private readonly pendingLinks: PendingLinks,
    private readonly browser: Browser,
    private readonly sessions: LoginSession,
    private readonly login: ProviderLogin,
  ) {}

  @Public()
  @Get()
  async show(
    @Req() request: Request,
    @CurrentUser() user: User | undefined,
  ): Promise<Page | SeeOther> {
    const link = await this.pendingLinks.find(request);
    if (!link || !mayAnswer(user, link)) return this.gone(request);
    const provider = this.registry.labelOf(link.identity.provider);
    const { email, remember } = link;
    if (user) return new Page('oauth/link', { provider, email });
    const account = await this.users.findById(link.userId);
    // The address may have left that account meanwhile.
    const holder = account?.email !== undefined && isSame(account.email, email) ? account : null;
    return new Page('oauth/pending-link', {
      provider,
      email,
      ways: holder ? this.waysIn.opening(holder) : [],
      // An address that the account never verified can go to the person who verified it now.
      mayBeNew: holder?.emailVerifiedAt === undefined,
      remember,
      values: { identifier: email },
    });
  }

  /** Logs in to the account that has the address. */
  @Public()
  @Post('login')
  @Form((controller: PendingLinkController, request) =>
    controller.show(request, request.user as User | undefined),
  )
  @UseGuards(LocalAuthGuard)
  async logIn(@Req() request: Request, @CurrentUser() user: User): Promise<SeeOther> {
    const remember = (await this.pendingLinks.find(request))?.remember ?? false;
    const login = { method: PASSWORD, remember, next: '/pending-link' };
    return (await this.sessions.completeLogin(request, user, login)).next;
  }

  @Post()
  @Reauthenticated()
  async agree(@Req() request: Request, @CurrentUser() user: SignedInUser): Promise<SeeOther> {
    const link = await this.pendingLinks.find(request);
    if (!link || !mayAnswer(user, link)) return this.gone(request);
    // First: a cancellation at the same time revokes the token, so that one of the two gets the link.
    if (!(await this.pendingLinks.spend(request))) return this.gone(request);
    await this.sessions.renew(request, user, (sessions) =>
      this.identities.link(user, link, sessions),
    );
    const provider = this.registry.labelOf(link.identity.provider);
    const next = link.next ?? '/settings/identities';
    return new SeeOther(next).with('success', 'linked', { provider });
  }

  /** "This is not my account, make a new one." */
  @Public()
  @Post('new')
  async makeNew(@Req() request: Request, @CurrentUser() user: User | undefined): Promise<SeeOther> {
    // Logged in meanwhile, in another tab: that page says what is left to answer.
    if (user) return new SeeOther('/pending-link');
    // First, as in `agree`. After a crash in between the person comes by the provider again.
    const link = await this.pendingLinks.spend(request);
    if (!link) return this.gone(request);
    const outcome = await this.identities.logInAnew(link, clientNetwork(request));
    return this.login.complete(request, outcome, link.identity.provider, link);
  }

  @Public()
  @Post('cancel')
  async cancel(@Req() request: Request): Promise<SeeOther> {
    const link = await this.pendingLinks.spend(request);
    if (link) await this.identities.decline(link);
    return new SeeOther(
      request.user ? '/settings/identities' : leadingTo(link?.next ?? null, '/login'),
    );
  }

  private gone(request: Request): SeeOther {
    const to = new SeeOther(request.user ? '/settings/identities' : '/login');
    // A stranger who only looks gets no cookie by it. What tells the browsers apart ends after an hour, and
    // a page that was open for longer sends its form all the same.
    const looks = request.method !== 'POST' && !request.user;
    if (looks && this.browser.idOf(request) === null) return to;
    return to.with('warning', 'pending-link-gone');
  }
}

// Signed in, only the account that has the address may be linked.
function mayAnswer(user: User | undefined, { userId }: PendingLink): boolean {
  return !user || user.id === userId;
}

function isSame(one: string, other: string): boolean {
  return canonicalEmail(one) === canonicalEmail(other);
}

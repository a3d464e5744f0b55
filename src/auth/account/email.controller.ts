import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { Form } from '../../core/forms/form.decorator.js';
import { Mails } from '../../core/mail/mails.js';
import { NotSensitive } from '../../core/pages/not-sensitive.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { OpenToRestricted } from '../../core/pages/public.decorator.js';
import { leadingTo, nextOf, returnPath } from '../../core/pages/return-path.js';
import type { SignedInUser, User } from '../../users/user.js';
import { AccountChanges } from '../../users/account-changes.js';
import { EmailsService } from '../../users/emails.service.js';
import { UsersService } from '../../users/users.service.js';
import { Reauthenticated } from '../reauthentication/reauthenticated.decorator.js';
import { LoginSession } from '../session/login-session.js';
import { CodeForm } from '../verification/code.form.js';
import { EmailVerification } from '../verification/email-verification.js';
import { unverifiedEmail } from '../verification/unverified-email.js';
import { UnreachableAddresses } from '../verification/unreachable-addresses.js';
import { VerificationNotices } from '../verification/verification-notices.js';
import { VerificationPolicy } from '../verification/verification-policy.js';
import { EmailForm } from './email.form.js';

const PAGE = '/settings/email';
const again = (controller: EmailController, request: Request) =>
  controller.show(request, request.user as User);

/** The address of the account, and its verification: all that a person sees whose account waits for it. */
@Controller('settings/email')
@OpenToRestricted()
export class EmailController {
  constructor(
    private readonly users: UsersService,
    private readonly changes: AccountChanges,
    private readonly emails: EmailsService,
    private readonly sessions: LoginSession,
    private readonly mails: Mails,
    private readonly policy: VerificationPolicy,
    private readonly verification: EmailVerification,
    private readonly notices: VerificationNotices,
    private readonly unreachable: UnreachableAddresses,
  ) {}

  @Get()
  async show(@Req() request: Request, @CurrentUser() user: User): Promise<Page> {
    const { id, email, emailVerifiedAt, pendingEmail } = user;
    const restricted = this.policy.isRestricted(user);
    const unverified = unverifiedEmail(user);
    const isUnverified = email !== undefined && emailVerifiedAt === undefined;
    const [first] = isUnverified ? await this.users.findByLogin(email) : [];
    return new Page(restricted ? 'auth/verify-email' : 'auth/email', {
      values: { email, next: nextOf(request) },
      verifiedAt: emailVerifiedAt,
      unverified,
      pending: pendingEmail !== undefined,
      verifiable: unverified !== undefined && this.mails.available,
      unreachable: unverified !== undefined && (await this.unreachable.has(user)),
      // The page of an account that waits is the same whether somebody else has the address or not.
      logsInByUsername: isUnverified && (restricted || first?.id !== id),
    });
  }

  @Post()
  @Reauthenticated()
  @Form(again)
  async change(
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
    @Body() { email }: EmailForm,
  ): Promise<SeeOther> {
    const asks = this.policy.asksFirst(user);
    const changed = await this.sessions.renewAlone(request, user, (sessions) =>
      asks
        ? this.emails.ask(user, email, sessions)
        : this.emails.change(user, email, sessions, this.policy.waits),
    );
    const to = new SeeOther(PAGE).with('success', noticeOf(user, changed), {
      email: changed.email ?? email,
    });
    return this.notices.sent(to, changed, request);
  }

  @Post('mail')
  @NotSensitive('It mails the address that the account has, or waits for.')
  async sendAgain(
    @Req() request: Request,
    @CurrentUser() user: User,
    @Body('next') next?: string,
  ): Promise<SeeOther> {
    await this.unreachable.forget(user);
    return this.notices.sent(backTo(next), user, request);
  }

  @Post('code')
  @NotSensitive('Whoever has the code reads the mails of the account.')
  @Form(again)
  async redeem(
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
    @Body() { code, next }: CodeForm,
  ): Promise<SeeOther> {
    const outcome = await this.verification.redeem(user, code, request);
    if (outcome === 'verified') {
      await this.sessions.renew(request, user, (sessions) =>
        this.changes.change(user, () => ({ change: { sessions } })),
      );
    }
    return this.notices.verified(new SeeOther(returnPath(next) ?? PAGE), outcome);
  }

  @Post('cancel')
  @NotSensitive('The address that the person has verified stays.')
  async cancel(@CurrentUser() user: User): Promise<SeeOther> {
    const { email = '', pendingEmail } = user;
    if (pendingEmail) await this.emails.cancel(user, pendingEmail.email);
    return new SeeOther(PAGE).with('success', 'email-kept', { email });
  }

  /** The address went to its owner, and the person wants no other one. */
  @Post('moved')
  @NotSensitive('It only puts a banner away.')
  async goOnWithout(@CurrentUser() user: User): Promise<SeeOther> {
    await this.emails.forgetMoved(user);
    return new SeeOther('/settings');
  }
}

function backTo(next: unknown): SeeOther {
  return new SeeOther(leadingTo(returnPath(next), PAGE));
}

function noticeOf({ email: before }: User, { email, pendingEmail }: User): string {
  if (pendingEmail) return 'email-change-asked';
  if (email === before) return 'email-kept';
  return before === undefined ? 'email-added' : 'email-changed';
}

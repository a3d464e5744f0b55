import { Body, Controller, Get, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { Form } from '../../core/forms/form.decorator.js';
import { NotSensitive } from '../../core/pages/not-sensitive.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { OpenToRestricted } from '../../core/pages/public.decorator.js';
import { leadingTo, nextOf, returnPath } from '../../core/pages/return-path.js';
import type { SignedInUser } from '../../users/user.js';
import { PASSWORD, PasswordsService } from '../passwords/passwords.service.js';
import { KnownDevice } from '../session/known-device.js';
import { LoginSession } from '../session/login-session.js';
import { CodeForm } from '../verification/code.form.js';
import { ConfirmForm } from './confirm.form.js';
import { MAIL, MailedCodes } from './mailed-codes.js';
import { Reauthentication } from './reauthentication.js';

const PAGE = '/settings/confirm';
const SECOND_STEP = '/settings/confirm/second-step';
const CODE_PAGE = '/settings/confirm/code';

/** Where the person signed in shows who they are once more, and goes on to what asked for it. */
@Controller('settings/confirm')
@OpenToRestricted()
export class ConfirmController {
  constructor(
    private readonly passwords: PasswordsService,
    private readonly codes: MailedCodes,
    private readonly reauthentication: Reauthentication,
    private readonly sessions: LoginSession,
    private readonly devices: KnownDevice,
  ) {}

  @Get()
  show(@Req() request: Request, @Query('next') next?: string): Page | SeeOther {
    return this.orOnward(request, next, () => new Page('auth/confirm', { values: { next } }));
  }

  @Post()
  @NotSensitive('It is the re-authentication itself.')
  @Form<ConfirmController>(async (controller, request) =>
    controller.show(request, nextOf(request) ?? undefined),
  )
  async confirm(
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
    @Body() { currentPassword, next }: ConfirmForm,
  ): Promise<SeeOther> {
    const origin = this.devices.originAt(user, request);
    await this.passwords.verifyCurrentPassword(user, currentPassword, origin, request.path);
    await this.sessions.reauthenticated(request, user, PASSWORD);
    return this.confirmed(request, next);
  }

  @Post('mail')
  @NotSensitive('It mails a code to the verified address.')
  @Form<ConfirmController>(async (controller, request) =>
    controller.show(request, nextOf(request) ?? undefined),
  )
  async sendCode(
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
    @Body('next') next?: string,
  ): Promise<SeeOther> {
    // A page that was open since before the address was verified offers it still.
    const page = this.codes.isFor(user) ? CODE_PAGE : PAGE;
    if (page === CODE_PAGE) await this.codes.send(user, request);
    return new SeeOther(leadingTo(returnPath(next), page));
  }

  @Get('code')
  async showCode(
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
    @Query('next') next?: string,
  ): Promise<Page | SeeOther> {
    const isAwaited = await this.codes.isAwaited(user);
    return isAwaited
      ? this.codePage(request, next)
      : new SeeOther(leadingTo(returnPath(next), PAGE));
  }

  @Post('code')
  @NotSensitive('It is the re-authentication itself.')
  @Form<ConfirmController>(async (controller, request) =>
    controller.codePage(request, nextOf(request) ?? undefined),
  )
  async confirmByCode(
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
    @Body() { code, next }: CodeForm,
  ): Promise<SeeOther> {
    await this.codes.verify(user, code, request);
    await this.sessions.reauthenticated(request, user, MAIL);
    return this.confirmed(request, next);
  }

  private codePage(request: Request, next?: string): Page | SeeOther {
    const another = leadingTo(returnPath(next), PAGE);
    return this.orOnward(
      request,
      next,
      () => new Page('auth/confirm-code', { values: { next }, another }),
    );
  }

  // Leads on who has done it already, in another tab.
  private orOnward(request: Request, next: unknown, page: () => Page): Page | SeeOther {
    if (this.reauthentication.lacksFactorAlone(request)) return secondStep(next);
    return this.reauthentication.isRepeated(request) ? onward(next) : page();
  }

  private confirmed(request: Request, next: unknown): SeeOther {
    if (this.reauthentication.lacksFactorAlone(request)) return secondStep(next);
    return onward(next).with('success', 'confirmed');
  }
}

function onward(next: unknown): SeeOther {
  return new SeeOther(returnPath(next) ?? '/settings');
}

function secondStep(next: unknown): SeeOther {
  return new SeeOther(leadingTo(returnPath(next), SECOND_STEP));
}

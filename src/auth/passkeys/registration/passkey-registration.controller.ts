import { Body, Controller, Get, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Form } from '../../../core/forms/form.decorator.js';
import { Browser } from '../../../core/one-time/browser.js';
import { Page, SeeOther } from '../../../core/pages/page.js';
import { Public } from '../../../core/pages/public.decorator.js';
import { returnPath } from '../../../core/pages/return-path.js';
import { LoginSession } from '../../session/login-session.js';
import { VerificationNotices } from '../../verification/verification-notices.js';
import { Ceremonies, type Place } from '../ceremonies.js';
import { PasskeyForm } from '../passkey.form.js';
import { PasskeyRegistrationForm } from './passkey-registration.form.js';
import { PasskeyRegistrations } from './passkey-registrations.js';
import { PASSKEY } from '../passkey-ways.js';

const NAMES = '/register/passkey';
const CREATE = '/register/passkey/create';

/** Registration with a passkey: first the names, then the ceremony, which needs them. */
@Public()
@Controller('register/passkey')
export class PasskeyRegistrationController {
  constructor(
    private readonly registrations: PasskeyRegistrations,
    private readonly ceremonies: Ceremonies,
    private readonly browser: Browser,
    private readonly sessions: LoginSession,
    private readonly notices: VerificationNotices,
  ) {}

  @Get()
  async show(
    @Req() request: Request,
    @Query('next') next?: string,
    @Query('remember') remember?: string,
  ): Promise<Page | SeeOther> {
    if (request.user) return new SeeOther(returnPath(next) ?? '/');
    const typed = await this.registrations.find(request);
    return new Page('auth/register-passkey', { values: { ...(typed ?? { next, remember }) } });
  }

  @Post()
  @Form('auth/register-passkey')
  async keep(
    @Req() request: Request,
    @Body() { username, email, name, remember, next }: PasskeyRegistrationForm,
  ): Promise<SeeOther> {
    await this.registrations.keep(request, {
      username,
      email,
      name,
      remember: remember !== undefined,
      next: returnPath(next),
    });
    return new SeeOther(CREATE);
  }

  @Get('create')
  async showCreate(@Req() request: Request): Promise<Page | SeeOther> {
    if (request.user) return new SeeOther('/');
    const typed = await this.registrations.find(request);
    if (!typed) return new SeeOther(NAMES);
    const { username, name } = typed;
    const user = { username, ...(name !== null && { name }) };
    const options = await this.ceremonies.creation(this.placeOf(request), user);
    return new Page('auth/create-passkey', { options: JSON.stringify(options), username });
  }

  @Post('create')
  @Form((controller: PasskeyRegistrationController, request) => controller.showCreate(request))
  async create(@Req() request: Request, @Body() { passkey }: PasskeyForm): Promise<SeeOther> {
    const typed = await this.registrations.find(request);
    if (!typed) return new SeeOther(NAMES).with('warning', 'passkey-registration-gone');
    const made = await this.ceremonies.made(this.placeOf(request), passkey);
    const user = await this.registrations.finish(request, typed, made);
    const { remember, next } = typed;
    const outcome = await this.sessions.completeLogin(request, user, {
      method: PASSKEY,
      which: made.passkey.id,
      isTwoFactors: made.userVerified,
      greeting: 'registered',
      isFirst: true,
      remember,
      next,
    });
    return this.notices.sent(outcome.next, user, request);
  }

  // A browser without an id has no names that wait, either.
  private placeOf(request: Request): Place {
    return { ceremony: 'register', holder: this.browser.idOf(request) ?? '' };
  }
}

import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { FormPipe } from '../../core/forms/form.pipe.js';
import { NOT_SENSITIVE } from '../../core/pages/not-sensitive.decorator.js';
import type { SignedInUser, User } from '../../users/user.js';
import { WaysIn } from '../../users/ways-in.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { KnownDevice } from '../session/known-device.js';
import { HeldForms } from './held-forms.js';
import { MailedCodes } from './mailed-codes.js';
import {
  REAUTHENTICATED,
  type ReauthenticatingForm,
  type ReauthenticationRule,
} from './reauthenticated.decorator.js';
import { ReauthenticationRequired } from './reauthentication.errors.js';
import { Reauthentication } from './reauthentication.js';

/** Lets a request to a sensitive route through when its person has authenticated a short time ago. */
@Injectable()
export class ReauthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly reauthentication: Reauthentication,
    private readonly heldForms: HeldForms,
    private readonly waysIn: WaysIn,
    private readonly passwords: PasswordsService,
    private readonly devices: KnownDevice,
    private readonly forms: FormPipe,
    private readonly codes: MailedCodes,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const places = [context.getHandler(), context.getClass()];
    const rule = this.reflector.getAllAndOverride<ReauthenticationRule | undefined>(
      REAUTHENTICATED,
      places,
    );
    if (!rule) {
      const exempt = this.reflector.getAllAndOverride<string | undefined>(NOT_SENSITIVE, places);
      // A new form of the settings must say which of the two it is.
      if (changesSettings(request) && !exempt) throw new ForbiddenException();
      return true;
    }
    // Every sensitive route is behind the guard of signed-in people.
    const user = request.user as SignedInUser;
    if (this.suffices(request, rule)) return true;
    const hasFactor = this.reauthentication.hasFactor(request);
    if (rule.form && hasFactor && this.asksForPassword(user)) {
      if (request.method === 'POST') await this.checkPassword(request, user, rule.form);
      return true;
    }
    const page = rule.page ?? request.path;
    // A page that is only looked at mails nothing.
    if (request.method !== 'POST') throw new ReauthenticationRequired(page);
    await this.heldForms.keep(request, user, page);
    const lacksWayIn = !this.reauthentication.lacksFactorAlone(request);
    const isCodeAwaited = lacksWayIn && (await this.codes.sendIfOnlyWay(user, request));
    throw new ReauthenticationRequired(page, isCodeAwaited);
  }

  private suffices(request: Request, { form }: ReauthenticationRule): boolean {
    return form
      ? this.reauthentication.isRepeated(request)
      : this.reauthentication.isFresh(request);
  }

  private asksForPassword(user: User): boolean {
    return this.waysIn
      .opening(user)
      .some(({ reauthentication }) => reauthentication === 'password');
  }

  // The whole form is checked first: a mistake in another field must not count as a try at the password.
  private async checkPassword(
    request: Request,
    user: User,
    form: ReauthenticatingForm,
  ): Promise<void> {
    const { currentPassword } = await this.forms.read(request, form);
    const origin = this.devices.originAt(user, request);
    await this.passwords.verifyCurrentPassword(user, currentPassword, origin, request.path);
  }
}

function changesSettings({ method, path }: Request): boolean {
  return method === 'POST' && /^\/settings(\/|$)/i.test(path);
}

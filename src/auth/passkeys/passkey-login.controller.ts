import { Body, Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { MINUTE } from '../../core/clock.js';
import { Form } from '../../core/forms/form.decorator.js';
import { clientNetwork } from '../../core/http/client-address.js';
import { Browser } from '../../core/one-time/browser.js';
import { SeeOther } from '../../core/pages/page.js';
import { Public } from '../../core/pages/public.decorator.js';
import type { Limit } from '../../core/throttle/limit.js';
import { Throttle } from '../../core/throttle/throttle.js';
import { LoginSession } from '../session/login-session.js';
import { LoginFailed } from '../session/session.events.js';
import { Ceremonies, type Place } from './ceremonies.js';
import { PasskeyForm } from './passkey.form.js';
import { PASSKEY } from './passkey-ways.js';
import { PasskeysService } from './passkeys.service.js';
import type { TakenPasskey } from './passkey-use.js';

/** Each login page that somebody uses asks for one, and each is a record for some minutes: an office has many people. */
const CHALLENGES: Limit = { name: 'passkey-challenges-address', tries: 300, window: 10 * MINUTE };

/** Login by a passkey, without a name: whose it is the passkey tells. */
@Public()
@Controller('login/passkey')
export class PasskeyLoginController {
  constructor(
    private readonly passkeys: PasskeysService,
    private readonly ceremonies: Ceremonies,
    private readonly browser: Browser,
    private readonly throttle: Throttle,
    private readonly sessions: LoginSession,
  ) {}

  /** For the page's script. A form, as whatever changes something: it keeps a challenge. */
  @Post('options')
  @HttpCode(200)
  async options(@Req() request: Request): Promise<object> {
    await this.throttle.consume(CHALLENGES, clientNetwork(request));
    return this.ceremonies.request(placeOf(this.browser.identify(request, 'script')));
  }

  /** A form that came back stands at this address; a browser that opens its tabs again asks for it. */
  @Get()
  again(): SeeOther {
    return new SeeOther('/login');
  }

  @Post()
  @Form('auth/login')
  async login(
    @Req() request: Request,
    @Body() { passkey: sent, remember, next }: PasskeyForm,
  ): Promise<SeeOther> {
    const failed = (accountId: string | null, reason: string) =>
      new LoginFailed(accountId, PASSKEY, reason);
    // A browser without an id was given no challenge.
    const place = placeOf(this.browser.idOf(request, 'script') ?? '');
    const finish = ({ user, passkey: { id: which }, isTwoFactors, use }: TakenPasskey) => {
      const how = { method: PASSKEY, which, isTwoFactors, use };
      const asked = { remember: remember !== undefined, next };
      return this.sessions.completeLogin(request, user, { ...how, ...asked });
    };
    return (await this.passkeys.take(place, sent, null, failed, finish)).next;
  }
}

function placeOf(browserId: string): Place {
  return { ceremony: 'log in', holder: browserId };
}

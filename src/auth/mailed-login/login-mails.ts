import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Clock } from '../../core/clock.js';
import { CoreSettings } from '../../core/config/core.settings.js';
import { TooManyAttempts } from '../../core/domain-error.js';
import { Events } from '../../core/events.js';
import { clientNetwork } from '../../core/http/client-address.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { NOBODY } from '../../core/mail/mail.schema.js';
import { Mails } from '../../core/mail/mails.js';
import { canonicalEmail } from '../../users/names/email-address.js';
import { readLogin } from '../../users/names/login-identifier.js';
import { UsersService } from '../../users/users.service.js';
import { MAIL } from '../reauthentication/mailed-codes.js';
import type { Login } from '../second-step/login.js';
import { browserOf } from '../session/browser-name.js';
import { LoginFailed } from '../session/session.events.js';
import { CodeThrottle } from '../verification/code-throttle.js';
import { codeToRead } from '../verification/verification-codes.js';
import { MailWay } from './mail-way.js';
import { WrongLoginCode } from './mailed-login.errors.js';
import { LoginMailRequested } from './mailed-login.events.js';
import { MailedLogins, type Opened } from './mailed-logins.js';

/** Logs people in by a mail to the verified address of their account. */
@Injectable()
export class LoginMails {
  constructor(
    private readonly users: UsersService,
    private readonly mailWay: MailWay,
    private readonly logins: MailedLogins,
    private readonly mails: Mails,
    private readonly limits: MailLimits,
    private readonly throttle: CodeThrottle,
    private readonly events: Events,
    private readonly core: CoreSettings,
    private readonly clock: Clock,
  ) {}

  /**
   * Mails a code and a link to the verified address of the account that a name or an address means. Whether
   * there is one can't be told from outside: for nobody the same is written (CWE-204).
   *
   * @param typed a user name or an address; a mail goes to the stored address alone
   * @param wish what the login is to remember
   * @throws TooManyAttempts by what was typed, whoever has it; TooBusy
   */
  async request(request: Request, typed: string, wish: Partial<Login>): Promise<void> {
    const name = readLogin(typed).canonical;
    // With its kind: whatever is typed fills no counter of an address.
    await this.limits.count(`typed ${name}`, clientNetwork(request));
    const found = await this.users.findByLogin(typed);
    const user = found.find((each) => this.mailWay.of(each).opens) ?? null;
    const mayGo = await this.limits.permits(`address ${canonicalEmail(user?.email ?? name)}`);
    const reached = mayGo ? user : null;
    const { code, token } = await this.logins.keep(request, reached, wish);
    const browser = await browserOf(request);
    const data = {
      username: reached?.username ?? name,
      code: codeToRead(code),
      link: `${this.core.baseUrl}/login/link?token=${token}`,
      browser,
    };
    await this.mails.send({ kind: 'login-code', to: reached?.email ?? NOBODY, data });
    const event = new LoginMailRequested(user?.id ?? null);
    event.happened(this.clock.now());
    await this.events.publish(event);
  }

  /**
   * @param code as `codeAsMade` gives it
   * @returns null when nothing waits in the browser
   * @throws WrongLoginCode, TooManyAttempts, TooBusy
   */
  async redeem(request: Request, code: string): Promise<Opened | null> {
    const waiting = await this.logins.find(request);
    if (!waiting) return null;
    const network = clientNetwork(request);
    try {
      // Counted for the browser's id, so that a stranger's guesses shut nobody else out. Each ten guesses need
      // a new mail, and mails are limited.
      return await this.throttle.guard('login', waiting.id, network, async () => {
        const opened = await this.logins.spend(request, { code });
        if (!opened) throw new WrongLoginCode();
        return opened;
      });
    } catch (error) {
      const reason = reasonOf(error);
      if (reason) await this.events.publish(new LoginFailed(waiting.account, MAIL, reason));
      throw error;
    }
  }
}

function reasonOf(error: unknown): string | null {
  if (error instanceof TooManyAttempts) return 'limit';
  return error instanceof WrongLoginCode ? 'wrong-code' : null;
}

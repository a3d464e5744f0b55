import { Controller, Get } from '@nestjs/common';
import { SeeOther } from '../../core/pages/page.js';
import { Public } from '../../core/pages/public.decorator.js';

/** What password managers look for under a name that every site shares (RFC 8615). */
@Public()
@Controller('.well-known')
export class WellKnownController {
  /** W3C, A Well-Known URL for Changing Passwords. */
  @Get('change-password')
  changePassword(): SeeOther {
    return new SeeOther('/settings/password');
  }
}

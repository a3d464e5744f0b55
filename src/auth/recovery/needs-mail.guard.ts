import { type CanActivate, Injectable, NotFoundException } from '@nestjs/common';
import { Mails } from '../../core/mail/mails.js';

/** Where mail is off there is nothing here. */
@Injectable()
export class NeedsMail implements CanActivate {
  constructor(private readonly mails: Mails) {}

  canActivate(): boolean {
    if (!this.mails.available) throw new NotFoundException();
    return true;
  }
}

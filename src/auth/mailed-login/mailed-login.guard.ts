import { type CanActivate, Injectable, NotFoundException } from '@nestjs/common';
import { MailedLoginSettings } from './mailed-login.settings.js';

/** Where no mailed code lets people in there is nothing here. */
@Injectable()
export class NeedsMailedLogin implements CanActivate {
  constructor(private readonly settings: MailedLoginSettings) {}

  canActivate(): boolean {
    if (!this.settings.isOn) throw new NotFoundException();
    return true;
  }
}

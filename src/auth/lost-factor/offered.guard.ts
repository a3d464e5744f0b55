import { type CanActivate, Injectable, NotFoundException } from '@nestjs/common';
import { LostFactorSettings } from './lost-factor.settings.js';

/** Where the site has taken this way away there is nothing here. */
@Injectable()
export class OfferedGuard implements CanActivate {
  constructor(private readonly settings: LostFactorSettings) {}

  canActivate(): boolean {
    if (!this.settings.offered) throw new NotFoundException();
    return true;
  }
}

import { type CanActivate, Injectable, NotFoundException } from '@nestjs/common';
import { CoreSettings } from '../config/core.settings.js';

/** Outside development mode there is nothing here (ASVS 15.2.3). */
@Injectable()
export class DevelopmentOnly implements CanActivate {
  constructor(private readonly settings: CoreSettings) {}

  canActivate(): boolean {
    if (!this.settings.development) throw new NotFoundException();
    return true;
  }
}

import { Controller, Get, NotFoundException, Param, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { NotSensitive } from '../../core/pages/not-sensitive.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { SecondFactors } from '../../users/factors/second-factors.js';
import type { SignedInUser } from '../../users/user.js';
import { TrustedDevices } from '../second-step/trusted-devices.js';

const PAGE = '/settings/security';

/** The second step of the account: its factors, and where it is not asked for. */
@Controller('settings/security')
export class SecurityController {
  constructor(
    private readonly factors: SecondFactors,
    private readonly devices: TrustedDevices,
  ) {}

  @Get()
  show(@Req() request: Request, @CurrentUser() user: SignedInUser): Page {
    const here = this.devices.idAt(user, request);
    const isAsked = this.factors.isAsked(user);
    return new Page('auth/security', {
      isAsked,
      factors: this.factors.of(user).filter(({ asks }) => asks || isAsked),
      devices: this.devices.of(user).map((each) => ({ ...each, isHere: each.id === here })),
    });
  }

  @Post('devices/:device/forget')
  @NotSensitive('From then on the device is asked for more.')
  async forget(@CurrentUser() user: SignedInUser, @Param('device') id: string): Promise<SeeOther> {
    if (!(await this.devices.forget(user, id))) throw new NotFoundException();
    return new SeeOther(PAGE).with('success', 'device-forgotten');
  }
}

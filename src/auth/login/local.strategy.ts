import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { Strategy } from 'passport-local';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { KnownDevice } from '../session/known-device.js';

@Injectable()
export class LocalStrategy extends PassportStrategy(Strategy) {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly devices: KnownDevice,
  ) {
    super({ usernameField: 'identifier', passReqToCallback: true });
  }

  async validate(request: Request, identifier: string, password: string): Promise<User> {
    const accounts = await this.users.findByLogin(identifier);
    const known = accounts.find((each) => this.devices.originAt(each, request).device !== null);
    const user = known ?? accounts[0] ?? null;
    return this.passwords.verifyLogin(
      identifier,
      user,
      password,
      this.devices.originAt(user, request),
    );
  }
}

import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { Strategy } from 'passport-local';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { LoginSession } from '../session/login-session.js';

@Injectable()
export class LocalStrategy extends PassportStrategy(Strategy) {
  constructor(
    private readonly users: UsersService,
    private readonly auth: PasswordsService,
    private readonly sessions: LoginSession,
  ) {
    super({ usernameField: 'identifier', passReqToCallback: true });
  }

  async validate(request: Request, identifier: string, password: string): Promise<User> {
    const login = identifier.trim();
    const user = await this.users.findByLogin(login);
    return this.auth.verifyLogin(login, user, password, this.sessions.origin(request, user));
  }
}

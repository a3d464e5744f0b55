import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { Request } from 'express';
import { FormPipe } from '../../core/pages/form.pipe.js';
import { WrongCredentials } from '../session/session.errors.js';
import { LoginForm } from './login.form.js';

/** Lets a request through whose user name and password are right. Guards run before pipes, so it checks the form too. */
@Injectable()
export class LocalAuthGuard extends AuthGuard('local') {
  constructor(private readonly forms: FormPipe) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    await this.forms.read(request, LoginForm);
    await super.canActivate(context);
    return true;
  }

  override handleRequest<User>(error: unknown, user: User | false): User {
    if (error) throw error;
    if (user === false) throw new WrongCredentials();
    return user;
  }
}

import { Injectable } from '@nestjs/common';
import { BcryptPasswordHasher } from '../../src/auth/passwords/bcrypt.password-hasher.js';
import { UsersService } from '../../src/users/users.service.js';

/** The accounts, which can't be found while a test says so. */
@Injectable()
export class BreakableUsers extends UsersService {
  fault: Error | null = null;

  override async findById(id: string): ReturnType<UsersService['findById']> {
    if (this.fault) throw this.fault;
    return super.findById(id);
  }

  override async findByLogin(login: string): ReturnType<UsersService['findByLogin']> {
    if (this.fault) throw this.fault;
    return super.findByLogin(login);
  }
}

/** The hasher, where a test can step in before it works. */
@Injectable()
export class InterruptedHasher extends BcryptPasswordHasher {
  /** May wait, or throw; set back by `resume`. */
  before: (work: 'hash' | 'verify') => Promise<void> = goOn;

  resume(): void {
    this.before = goOn;
  }

  override async hash(password: string): Promise<string> {
    await this.before('hash');
    return super.hash(password);
  }

  override async verify(password: string, stored: string | undefined): Promise<boolean> {
    await this.before('verify');
    return super.verify(password, stored);
  }
}

async function goOn(): Promise<void> {}

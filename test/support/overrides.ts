import { Injectable } from '@nestjs/common';
import { BcryptPasswordHasher } from '../../src/auth/passwords/bcrypt.password-hasher.js';
import { MongooseUserRepository } from '../../src/users/mongoose/mongoose-user.repository.js';
import { UsersService } from '../../src/users/users.service.js';

// Parts of the application for `overrideProvider`, each with a moment at which a test steps in: what
// `before` holds may wait, do something else meanwhile, or throw. `resume` takes it away.

/** The hasher, where a test can step in before it works. */
@Injectable()
export class InterruptedHasher extends BcryptPasswordHasher {
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

/** The accounts, where a test can step in before one is looked up or its profile is changed. */
@Injectable()
export class InterruptedUsers extends UsersService {
  before: (work: 'find' | 'change') => Promise<void> = goOn;

  resume(): void {
    this.before = goOn;
  }

  override async findById(id: string): ReturnType<UsersService['findById']> {
    await this.before('find');
    return super.findById(id);
  }

  override async findByLogin(login: string): ReturnType<UsersService['findByLogin']> {
    await this.before('find');
    return super.findByLogin(login);
  }

  override async changeProfile(
    ...change: Parameters<UsersService['changeProfile']>
  ): ReturnType<UsersService['changeProfile']> {
    await this.before('change');
    return super.changeProfile(...change);
  }
}

/** The repository, where a test can step in before an account is stored. */
@Injectable()
export class InterruptedUserRepository extends MongooseUserRepository {
  before: () => Promise<void> = goOn;

  resume(): void {
    this.before = goOn;
  }

  override async insert(
    ...account: Parameters<MongooseUserRepository['insert']>
  ): ReturnType<MongooseUserRepository['insert']> {
    await this.before();
    return super.insert(...account);
  }
}

async function goOn(): Promise<void> {}

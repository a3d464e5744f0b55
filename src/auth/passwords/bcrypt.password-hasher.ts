import { Injectable } from '@nestjs/common';
import bcrypt from 'bcrypt';
import { availableParallelism } from 'node:os';
import { fingerprint, signature } from '../../core/crypto/digests.js';
import { TooBusy } from '../../core/domain-error.js';
import { PasswordHasher } from './password-hasher.js';
import { PasswordSettings } from './password.settings.js';

/** Hashes that may wait for a core; at cost 12 and two cores they are done in about 7 seconds. */
const MAX_WAITING = 64;

/** `$bcrypt-hmac-sha384$k=<id of the pepper>$<bcrypt's own string without its first sign>` */
const FORMAT = /^\$bcrypt-hmac-sha384\$k=([0-9a-f]{8})(\$2b\$\d\d\$.{53})$/;

/**
 * bcrypt over base64(HMAC-SHA-384(pepper, NFC(password))): 64 characters, so that bcrypt's limit of
 * 72 bytes cuts nothing off, and a stolen database alone can't be guessed at (OWASP Password Storage).
 */
@Injectable()
export class BcryptPasswordHasher extends PasswordHasher {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly peppers: ReadonlyMap<string, string>;
  private readonly newest: string;
  /**
   * The hash of an account that does not exist: no password matches it, and the comparison takes as
   * long.
   */
  private readonly dummy: string;

  constructor(private readonly settings: PasswordSettings) {
    super();
    this.peppers = new Map(settings.peppers.map((pepper) => [idOf(pepper), pepper]));
    this.newest = this.peppers.keys().next().value ?? '';
    const salt = '.'.repeat(22);
    const cost = String(settings.bcryptCost).padStart(2, '0');
    this.dummy = `$2b$${cost}$${salt}${'.'.repeat(31)}`;
  }

  async hash(password: string): Promise<string> {
    const input = this.keyed(password, this.newest);
    const hashed = await this.inTurn(() => bcrypt.hash(input, this.settings.bcryptCost));
    return `$bcrypt-hmac-sha384$k=${this.newest}${hashed}`;
  }

  async verify(password: string, stored: string | undefined): Promise<boolean> {
    const [, key = this.newest, hash = this.dummy] = FORMAT.exec(stored ?? '') ?? [];
    // A pepper that is no longer configured can't verify; a comparison is made, so that it takes as long.
    const known = this.peppers.has(key);
    const input = this.keyed(password, known ? key : this.newest);
    const equal = await this.inTurn(() => bcrypt.compare(input, hash));
    return equal && known && hash !== this.dummy;
  }

  canVerify(stored: string): boolean {
    return this.peppers.has(FORMAT.exec(stored)?.[1] ?? '');
  }

  isOutdated(stored: string): boolean {
    const [, key, hash] = FORMAT.exec(stored) ?? [];
    return key !== this.newest || bcrypt.getRounds(hash ?? '') !== this.settings.bcryptCost;
  }

  private keyed(password: string, key: string): string {
    const pepper = this.peppers.get(key) ?? '';
    return signature(pepper, password.normalize('NFC'), 'sha384', 'base64');
  }

  // bcrypt runs in libuv's four threads, which also read files and look up host names: no more hashes
  // run at once than there are cores, and the queue in front of them is bounded.
  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= availableParallelism()) {
      if (this.waiting.length >= MAX_WAITING) throw new TooBusy();
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else {
      this.running++;
    }
    try {
      return await work();
    } finally {
      // The place goes to the next in the queue, or is given up.
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}

// Names the pepper in a stored hash. The pepper can't be found from it: it has 128 bits at least.
function idOf(pepper: string): string {
  return fingerprint(`pepper id ${pepper}`).slice(0, 8);
}

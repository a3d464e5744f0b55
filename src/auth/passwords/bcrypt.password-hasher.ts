import { Injectable } from '@nestjs/common';
import { fingerprint, signature } from '../../core/crypto/digests.js';
import { TooBusy } from '../../core/domain-error.js';
import { BcryptThreads } from './bcrypt.threads.js';
import { PasswordHasher } from './password-hasher.js';
import { PasswordSettings } from './password.settings.js';

/** Hashes that may wait for a core; at cost 12 and two cores they are done in about 7 seconds. */
const MAX_WAITING = 64;

/**
 * `$bcrypt-hmac-sha384$k=<id of the pepper>$<bcrypt's own string without its first sign>`. Salt and hash
 * end in signs of which bcrypt uses some bits alone: with others set, no password would ever fit.
 */
const FORMAT =
  /^\$bcrypt-hmac-sha384\$k=([0-9a-f]{8})(\$2b\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26])$/;

/** The least that bcrypt takes. */
const MIN_COST = 4;

/** A stored hash that can be compared with. */
interface StoredHash {
  /** Id of its pepper. */
  readonly key: string;
  /** bcrypt's own string. */
  readonly hash: string;
  readonly cost: number;
}

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
  /** The hash of an account that does not exist: no password matches it. */
  private readonly dummy: StoredHash;

  constructor(
    private readonly settings: PasswordSettings,
    private readonly threads: BcryptThreads,
  ) {
    super();
    this.peppers = new Map(settings.peppers.map((pepper) => [idOf(pepper), pepper]));
    this.newest = this.peppers.keys().next().value ?? '';
    const cost = settings.maxBcryptCost;
    const hash = `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;
    this.dummy = { key: this.newest, hash, cost };
  }

  async hash(password: string): Promise<string> {
    const input = this.keyed(password, this.newest);
    const cost = this.settings.bcryptCost;
    const hashed = await this.inTurn(() => this.threads.hash({ input, cost }));
    return `$bcrypt-hmac-sha384$k=${this.newest}${hashed}`;
  }

  async verify(password: string, stored: string | undefined): Promise<boolean> {
    const usable = this.read(stored);
    const { key, hash, cost } = usable ?? this.dummy;
    const input = this.keyed(password, key);
    const topUp = this.topUp(cost);
    const equal = await this.inTurn(() => this.threads.compare({ input, hash, topUp }));
    return equal && usable !== null;
  }

  canVerify(stored: string): boolean {
    return this.read(stored) !== null;
  }

  isOutdated(stored: string): boolean {
    const usable = this.read(stored);
    return usable?.key !== this.newest || usable.cost !== this.settings.bcryptCost;
  }

  /** @returns null where no password can be verified: another form, no pepper for it, a cost out of bounds */
  private read(stored = ''): StoredHash | null {
    const [, key = '', hash = '', digits] = FORMAT.exec(stored) ?? [];
    const cost = Number(digits);
    // A cost of 31 would keep a core for days: what is stored is not believed.
    const isBounded = cost >= MIN_COST && cost <= this.settings.maxBcryptCost;
    return isBounded && this.peppers.has(key) ? { key, hash, cost } : null;
  }

  /**
   * The costs of the hashes with which a comparison at a low cost is as much work as one at the highest: a
   * faster answer would tell which names have an account (CWE-208). A step doubles the work, so that one
   * hash at each cost from here on is exactly what is missing.
   */
  private topUp(cost: number): number[] {
    const steps = this.settings.maxBcryptCost - cost;
    return Array.from({ length: steps }, (_, step) => cost + step);
  }

  private keyed(password: string, key: string): string {
    const pepper = this.peppers.get(key) ?? '';
    return signature(pepper, password.normalize('NFC'), 'sha384', 'base64');
  }

  // No more hashes run at once than there are threads, and the queue in front of them is bounded.
  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.threads.size) {
      if (this.waiting.length >= MAX_WAITING) {
        throw new TooBusy('The queue in front of the password hasher is full');
      }
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

import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { availableParallelism } from 'node:os';
import { Tinypool } from 'tinypool';
import { MINUTE } from '../../core/clock.js';
import type { Comparison, Hashing } from './bcrypt.thread.js';

/**
 * Where bcrypt works: threads of its own, below the priority of everything else, so that a storm of
 * log-ins leaves pages alone, and files and names, which share libuv's threads, wait for no hash. They
 * begin with the first hash and end a minute after the last.
 */
@Injectable()
export class BcryptThreads implements OnApplicationShutdown {
  /** Hashes at once. */
  readonly size = availableParallelism();
  private readonly pool = new Tinypool({
    filename: new URL('./bcrypt.thread.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: this.size,
    idleTimeout: MINUTE,
  });

  /** @returns bcrypt's own string */
  async hash(hashing: Hashing): Promise<string> {
    return (await this.pool.run(hashing, { name: 'hash' })) as string;
  }

  async compare(comparison: Comparison): Promise<boolean> {
    return (await this.pool.run(comparison, { name: 'compare' })) as boolean;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.destroy();
  }
}

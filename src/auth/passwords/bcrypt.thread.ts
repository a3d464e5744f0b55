import bcrypt from 'bcrypt';
import { constants, setPriority } from 'node:os';

/** A password to hash, as keyed. */
export interface Hashing {
  readonly input: string;
  readonly cost: number;
}

/** A password to compare with bcrypt's own string, and hashes that are made for their time alone. */
export interface Comparison {
  readonly input: string;
  readonly hash: string;
  readonly topUp: readonly number[];
}

// Linux has a priority for each thread, and 0 means the one that asks; elsewhere it is that of the process.
if (process.platform === 'linux') {
  try {
    setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A sandbox may forbid it: pages then wait a little in a storm of log-ins.
  }
}

/** @returns bcrypt's own string */
export function hash({ input, cost }: Hashing): string {
  return bcrypt.hashSync(input, cost);
}

export function compare({ input, hash: stored, topUp }: Comparison): boolean {
  const equal = bcrypt.compareSync(input, stored);
  for (const cost of topUp) bcrypt.hashSync(input, cost);
  return equal;
}

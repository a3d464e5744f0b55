import { setTimeout as delay } from 'node:timers/promises';
import type { Subject } from '../subjects/subject.js';

/** Milliseconds after its first page, when a process has done what it puts off. */
const SETTLED = 1_000;

/** What the starts of one server gave, round by round. */
export interface Starts {
  /** Milliseconds to the first answered page. */
  readonly times: number[];
  /** Milliseconds of processor time until then, of its own process: a busy machine changes little of it. */
  readonly costs: number[];
  /** Megabytes of resident memory of its own process, idle. */
  readonly memory: number[];
}

/**
 * Starts each and stops it again, one after the other, in each round. A round before the first fills
 * the caches of the disk and makes the indexes.
 */
export async function takeStarts(
  starters: readonly (() => Promise<Subject>)[],
  rounds: number,
): Promise<Starts[]> {
  const taken = starters.map((start) => ({
    start,
    times: [] as number[],
    costs: [] as number[],
    memory: [] as number[],
  }));
  for (let round = 0; round <= rounds; round++) {
    for (const each of round % 2 === 0 ? taken : taken.toReversed()) {
      const subject = await each.start();
      const { cpu } = await subject.own.read();
      await delay(SETTLED);
      const { memory } = await subject.own.read();
      await subject.stop();
      if (round === 0) continue;
      each.times.push(subject.startTime);
      each.costs.push(cpu);
      each.memory.push(memory);
    }
  }
  return taken;
}

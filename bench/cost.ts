import type { Subject } from './subjects/subject.js';

/** @returns the milliseconds of processor time that all processes of a server spent during some work */
export async function costOf(
  { children }: Pick<Subject, 'children'>,
  work: () => Promise<unknown>,
): Promise<number> {
  const total = async () => {
    const readings = await Promise.all(children.map((child) => child.read()));
    return readings.reduce((sum, { cpu }) => sum + cpu, 0);
  };
  const before = await total();
  await work();
  return (await total()) - before;
}

/** Does something a number of times, several at once. */
export async function lanes(
  times: number,
  atOnce: number,
  act: (turn: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < times) await act(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** What was done in a stretch of time. */
export interface Done {
  readonly times: number;
  /** A second, from the first begin to the last end. */
  readonly rate: number;
}

/** Does something over and over in several lanes for some time. */
export async function repeat(
  atOnce: number,
  milliseconds: number,
  act: (lane: number) => Promise<unknown>,
): Promise<Done> {
  const start = performance.now();
  let times = 0;
  const lane = async (_: unknown, number: number) => {
    do {
      await act(number);
      times++;
    } while (performance.now() < start + milliseconds);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return { times, rate: (times * 1000) / (performance.now() - start) };
}

/** @returns the list in an order by lot: whoever always came after the same one would bear its leftovers */
export function byLot<T>(list: readonly T[]): T[] {
  return list
    .map((each) => ({ each, lot: Math.random() }))
    .toSorted((a, b) => a.lot - b.lot)
    .map(({ each }) => each);
}

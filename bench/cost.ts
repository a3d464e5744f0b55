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

/**
 * Does something over and over in several lanes for some time.
 *
 * @returns how often it was done a second, from the first begin to the last end
 */
export async function rate(
  atOnce: number,
  milliseconds: number,
  act: (lane: number) => Promise<unknown>,
): Promise<number> {
  const start = performance.now();
  let done = 0;
  const lane = async (_: unknown, number: number) => {
    do {
      await act(number);
      done++;
    } while (performance.now() < start + milliseconds);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return (done * 1000) / (performance.now() - start);
}

/** @returns the list, beginning with another one in each round: who comes first has no advantage */
export function inTurn<T>(list: readonly T[], round: number): T[] {
  const first = round % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}

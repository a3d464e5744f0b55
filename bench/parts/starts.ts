import { setTimeout as delay } from 'node:timers/promises';
import type { Pace } from '../pace.js';
import { byLot } from '../cost.js';
import { ratios, spread, type Spread } from '../statistics.js';
import { startDatabase } from '../subjects/database.js';
import { startProduct, withPerson } from '../subjects/product.js';
import { startReference, writeTemplates } from '../subjects/references.js';
import type { Subject } from '../subjects/subject.js';
import type { Setting } from '../setting.js';

type Starter = () => Promise<Subject>;

/** What the starts of one server gave, round by round. */
export interface Starts {
  /** Milliseconds to the first answered page. */
  readonly times: number[];
  /** Milliseconds of processor time until then, of its own process: a busy machine changes little of it. */
  readonly costs: number[];
  /** Megabytes of resident memory of its own process, idle. */
  readonly memory: number[];
}

/** A server's start; each ratio is the server's over bare Nest's: lower is better. */
export interface StartFigures {
  readonly server: string;
  readonly time: Spread;
  readonly timeRatio: Spread;
  readonly cost: Spread;
  readonly costRatio: Spread;
  readonly memory: Spread;
  readonly memoryRatio: Spread;
}

/** @param populated a folder with many accounts, and how many these are */
export async function measureStarts(
  setting: Setting,
  populated?: { dataDir: string; accounts: number },
): Promise<StartFigures[]> {
  const database = await startDatabase(setting);
  try {
    const apart = { name: 'product, database apart', database };
    const product = await withPerson(await startProduct(setting, apart));
    const templates = await writeTemplates(product, setting.folder);
    await product.stop();
    const nest = { name: 'bare Nest', database, templates } as const;
    const starters: Record<string, Starter> = {
      'bare Nest': () => startReference(setting, nest),
      'product, database apart': () => startProduct(setting, apart),
      'product, embedded': () => startProduct(setting, { name: 'embedded' }),
    };
    if (populated) {
      const { accounts, dataDir } = populated;
      starters[`product, embedded, ${accounts} accounts`] = () =>
        startProduct(setting, { name: 'populated', dataDir });
    }
    const taken = await takeStarts(Object.values(starters), setting.pace);
    return figuresOf(Object.keys(starters), taken);
  } finally {
    await database.child.stop();
  }
}

/**
 * Starts each and stops it again, one after the other, in each round. Rehearsals fill the caches
 * of the disk and make the indexes.
 */
export async function takeStarts(
  starters: readonly Starter[],
  { rehearsals, starts, settling }: Pace,
): Promise<Starts[]> {
  const taken = starters.map((start) => ({
    start,
    times: [] as number[],
    costs: [] as number[],
    memory: [] as number[],
  }));
  for (let round = 0; round < rehearsals + starts; round++) {
    for (const each of byLot(taken)) {
      const subject = await each.start();
      const { cpu } = await subject.own.read();
      await delay(settling);
      const { memory } = await subject.own.read();
      await subject.stop();
      if (round < rehearsals) continue;
      each.times.push(subject.startTime);
      each.costs.push(cpu);
      each.memory.push(memory);
    }
  }
  return taken;
}

function figuresOf(servers: readonly string[], taken: readonly Starts[]): StartFigures[] {
  const [nest] = taken;
  return taken.flatMap((each, index) => {
    const server = servers[index];
    if (server === undefined || !nest) return [];
    return [
      {
        server,
        time: spread(each.times),
        timeRatio: spread(ratios(each.times, nest.times)),
        cost: spread(each.costs),
        costRatio: spread(ratios(each.costs, nest.costs)),
        memory: spread(each.memory),
        memoryRatio: spread(ratios(each.memory, nest.memory)),
      },
    ];
  });
}

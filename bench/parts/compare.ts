import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { confidence, ratios, spread, type Spread } from '../statistics.js';
import { type Database, startDatabase } from '../subjects/database.js';
import { startProduct, withPerson } from '../subjects/product.js';
import type { PageName, Subject } from '../subjects/subject.js';
import { takeTurns, type Turns } from '../turns.js';
import type { Setting } from '../setting.js';
import { takeStarts } from './starts.js';

const PAGES: readonly PageName[] = ['home, signed in', 'login page'];
/** One measure of two checkouts. */
export interface Comparison {
  readonly measure: string;
  readonly here: Spread;
  readonly there: Spread;
  /** The other checkout's over this one's, with where the median lies: above 1, this one is cheaper. */
  readonly ratio: Spread;
}

/** Measures two checkouts side by side, each with its own embedded server apart. */
export async function compareCheckouts(setting: Setting, there: string): Promise<Comparison[]> {
  const roots = [setting.root, there];
  return [...(await comparePages(setting, roots)), ...(await compareStarts(setting, roots))];
}

async function comparePages(setting: Setting, roots: readonly string[]): Promise<Comparison[]> {
  const sittings: Turns[] = [];
  for (let sitting = 0; sitting < setting.pace.sittings; sitting++) {
    const turns = await withCheckouts(setting, roots, async (starters) => {
      const subjects: Subject[] = [];
      try {
        for (const start of starters) subjects.push(await withPerson(await start()));
        return await takeTurns(subjects, PAGES, setting.pace);
      } finally {
        await Promise.all(subjects.map((subject) => subject.stop()));
      }
    });
    sittings.push(...turns);
  }
  const costs = (page: PageName, name: string) =>
    sittings
      .filter((each) => each.page === page && each.subject.name === name)
      .flatMap((each) => each.costs);
  return PAGES.map((page) =>
    comparison(`${page}: processor time, ms a request`, costs(page, 'here'), costs(page, 'there')),
  );
}

async function compareStarts(setting: Setting, roots: readonly string[]): Promise<Comparison[]> {
  return withCheckouts(setting, roots, async (starters) => {
    const [here, other] = await takeStarts(starters, setting.pace);
    if (!here || !other) return [];
    return [
      comparison('start to the first page, ms', here.times, other.times),
      comparison('start: processor time, ms', here.costs, other.costs),
      comparison('idle memory, MB', here.memory, other.memory),
    ];
  });
}

/** Starts a database for each checkout, for as long as the work takes. */
async function withCheckouts<T>(
  setting: Setting,
  roots: readonly string[],
  work: (starters: (() => Promise<Subject>)[]) => Promise<T>,
): Promise<T> {
  const databases: Database[] = [];
  try {
    const starters = [];
    for (const [index, root] of roots.entries()) {
      const folder = mkdtempSync(join(setting.folder, 'checkout-'));
      const own = { ...setting, root, folder };
      const database = await startDatabase(own);
      databases.push(database);
      const name = index === 0 ? 'here' : 'there';
      starters.push(() => startProduct(own, { name, database }));
    }
    return await work(starters);
  } finally {
    await Promise.all(databases.map(({ child }) => child.stop()));
  }
}

function comparison(measure: string, here: number[], there: number[]): Comparison {
  return {
    measure,
    here: spread(here),
    there: spread(there),
    ratio: confidence(ratios(there, here)),
  };
}

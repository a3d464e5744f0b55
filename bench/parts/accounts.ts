import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { costOf, byLot, lanes } from '../cost.js';
import { Crowd } from '../crowd.js';
import { populate, usernameOf } from '../subjects/populate.js';
import { ratios, spread, type Spread } from '../statistics.js';
import { type Database, startDatabase } from '../subjects/database.js';
import { CHEAP_HASHES, startProduct, withPerson } from '../subjects/product.js';
import type { Subject } from '../subjects/subject.js';
import { takeTurns } from '../turns.js';
import type { Setting } from '../setting.js';

const FEW = 1_000;
const AT_ONCE = 5;
/** A log-in is two requests and many commands: a turn of fewer takes as long. */
const REQUESTS_FOR_A_LOGIN = 5;

/** What an account's neighbours cost: many accounts over few; 1 is flat. */
export interface AccountFigures {
  readonly few: number;
  readonly many: number;
  /** Milliseconds of processor time. */
  readonly page: { few: Spread; many: Spread; ratio: Spread };
  readonly login: { few: Spread; many: Spread; ratio: Spread };
}

interface Populated {
  readonly product: Subject;
  readonly accounts: number;
  readonly crowd: Crowd;
  readonly costs: number[];
}

/**
 * A signed-in page and a log-in with few accounts and with many, side by side. Hashing is at its
 * cheapest: it costs the same with any number of accounts, and would hide the rest.
 *
 * @returns the figures, and the folder that holds the many
 */
export async function measureAccounts(
  setting: Setting,
  many: number,
): Promise<{ figures: AccountFigures; dataDir: string }> {
  const databases: Database[] = [];
  const populated: Populated[] = [];
  try {
    for (const accounts of [FEW, many]) {
      const folder = join(setting.folder, `${databases.length}`);
      mkdirSync(folder);
      const own = { ...setting, folder, environment: CHEAP_HASHES };
      const database = await startDatabase(own);
      databases.push(database);
      populated.push(await startPopulated(own, database, accounts));
    }
    const figures = await figuresOf(populated, setting);
    return { figures, dataDir: databases[1]?.dataDir ?? '' };
  } finally {
    await Promise.all(populated.map(({ product }) => product.stop()));
    await Promise.all(databases.map(({ child }) => child.stop()));
  }
}

async function startPopulated(
  setting: Setting,
  database: Database,
  accounts: number,
): Promise<Populated> {
  const name = `${accounts} accounts`;
  const product = await withPerson(await startProduct(setting, { name, database }));
  await populate(database.uri, accounts);
  return { product, accounts, crowd: new Crowd(product.origin), costs: [] };
}

async function figuresOf(populated: readonly Populated[], { pace }: Setting) {
  const subjects = populated.map(({ product }) => product);
  const pages = (await takeTurns(subjects, ['home, signed in'], pace)).map(({ costs }) => costs);
  for (let round = 0; round < pace.warmUp + pace.rounds; round++) {
    for (const each of byLot(populated)) {
      const cost = await costOfLogins(each, pace.requests / REQUESTS_FOR_A_LOGIN);
      if (round >= pace.warmUp) each.costs.push(cost);
    }
  }
  const compared = ([few = [], many = []]: number[][]) => ({
    few: spread(few),
    many: spread(many),
    ratio: spread(ratios(many, few)),
  });
  return {
    few: populated[0]?.accounts ?? 0,
    many: populated[1]?.accounts ?? 0,
    page: compared(pages),
    login: compared(populated.map(({ costs }) => costs)),
  };
}

async function costOfLogins({ product, accounts, crowd }: Populated, count: number) {
  const cost = await costOf(product, () =>
    lanes(count, AT_ONCE, () => crowd.login(usernameOf(Math.floor(Math.random() * accounts)))),
  );
  return cost / count;
}

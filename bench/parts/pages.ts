import { quantile, ratios, spread, type Spread } from '../statistics.js';
import { startDatabase } from '../subjects/database.js';
import { startProduct, withPerson } from '../subjects/product.js';
import { type Reference, startReference, writeTemplates } from '../subjects/references.js';
import { type PageName, PAGES, type Subject } from '../subjects/subject.js';
import { takeTurns, type Turns } from '../turns.js';
import type { Setting } from '../setting.js';

const REFERENCES: readonly Reference[] = ['floor', 'bare Nest', 'limit'];

/**
 * Pages that are measured together. A server that reads files leaves garbage, whose collection made its
 * other pages a fifth dearer: the static file comes after them.
 */
const GROUPS: readonly (readonly PageName[])[] = [
  PAGES.filter((page) => page !== 'static file'),
  ['static file'],
];

/** One server at one page. */
export interface PageFigures {
  readonly page: PageName;
  readonly server: string;
  /** The floor's cost over this one's: higher is better. */
  readonly ratio: Spread;
  /** Milliseconds of processor time a request. */
  readonly cost: Spread;
  /** Milliseconds until the answer. */
  readonly p50: number;
  readonly p99: number;
}

/** What a page costs here, on the bare floor, on bare Nest and at the limit; all on the same database. */
export async function measurePages(setting: Setting): Promise<PageFigures[]> {
  const subjects: Subject[] = [];
  const database = await startDatabase(setting);
  try {
    const apart = { name: 'product, database apart', database };
    const product = await withPerson(await startProduct(setting, apart));
    subjects.push(product);
    subjects.push(await withPerson(await startProduct(setting, { name: 'product, embedded' })));
    const templates = await writeTemplates(product, setting.folder);
    for (const name of REFERENCES) {
      subjects.push(await startReference(setting, { name, database, templates }));
    }
    const turns = [];
    for (const group of GROUPS) turns.push(...(await takeTurns(subjects, group, setting.pace)));
    return figuresOf(turns);
  } finally {
    await Promise.all(subjects.map((subject) => subject.stop()));
    await database.child.stop();
  }
}

function figuresOf(taken: readonly Turns[]): PageFigures[] {
  return taken.map(({ subject, page, costs, latencies }) => {
    const floor = taken.find((each) => each.page === page && each.subject.name === 'floor');
    return {
      page,
      server: subject.name,
      ratio: spread(ratios(floor?.costs ?? [], costs)),
      cost: spread(costs),
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
    };
  });
}

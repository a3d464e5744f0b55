import bcrypt from 'bcrypt';
import { Agent } from 'node:http';
import { availableParallelism } from 'node:os';
import { PASSWORD } from '../../test/support/visitor.js';
import { costOf, type Done, repeat } from '../cost.js';
import { Crowd } from '../crowd.js';
import { quantile, ratios, spread, type Spread } from '../statistics.js';
import { startDatabase } from '../subjects/database.js';
import { startProduct, withPerson } from '../subjects/product.js';
import type { Subject } from '../subjects/subject.js';
import { timed } from '../turns.js';
import { type Commands, countLogin } from './commands.js';
import type { Setting } from '../setting.js';

/** The product's own in production. */
const BCRYPT_COST = 12;
const CORES = availableParallelism();
/** More than one for each core: no core waits while a page is on its way. */
const PEOPLE = 2 * CORES;
const PAGE_CONNECTIONS = 5;

/** What was measured in each stretch of time. */
const MEASURES = [
  'raw',
  'hashCost',
  'logins',
  'loginCost',
  'registrations',
  'pages',
  'p99',
  'stormPages',
  'stormP99',
] as const;
type Stretch = Readonly<Record<(typeof MEASURES)[number], number>>;

/**
 * `raw`, `logins` and `registrations` a second: password hashes alone on all cores, and what the product
 * makes of them. `hashCost` and `loginCost`: milliseconds of processor time. `pages` a second and `p99` in
 * milliseconds: the home page of a person signed in; with `storm` during log-ins.
 */
export interface LoginFigures extends Readonly<Record<keyof Stretch, Spread>> {
  /** Of the raw rate: higher is better. */
  readonly loginsOfRaw: Spread;
  readonly registrationsOfRaw: Spread;
  /** The processor time of a hash over a log-in's: the same question, asked on a busy machine. */
  readonly hashOfLogin: Spread;
  /** In the storm over without: lower is better. */
  readonly p99Ratio: Spread;
  /** What one log-in asks of the database. */
  readonly commands: Commands;
}

/** What passwords allow: log-ins and registrations against the raw rate, and pages meanwhile. */
export async function measureLogins(setting: Setting): Promise<LoginFigures> {
  const database = await startDatabase(setting);
  try {
    const commands = await countLogin(setting, database);
    const product = await withPerson(await startProduct(setting, { name: 'product', database }));
    try {
      return { ...figuresOf(await measureStretches(product, setting)), commands };
    } finally {
      await product.stop();
    }
  } finally {
    await database.child.stop();
  }
}

async function measureStretches(
  product: Subject,
  { pace, environment }: Setting,
): Promise<Stretch[]> {
  const crowd = new Crowd(product.origin);
  for (let person = 0; person < PEOPLE; person++) await crowd.register(`person-${person}`);
  let newcomers = 0;
  const cost = Number(environment['BCRYPT_COST'] ?? BCRYPT_COST);
  const hash = await bcrypt.hash(PASSWORD, cost);
  // Each lane has a person of its own: an account takes few log-ins at once.
  const login = (lane: number) => crowd.login(`person-${lane}`);
  const register = () => crowd.register(`newcomer-${newcomers++}`);
  const stretches: Stretch[] = [];
  while (stretches.length < pace.stretches) {
    const before = process.cpuUsage();
    const raw = await repeat(CORES, pace.stretch, () => bcrypt.compare(PASSWORD, hash));
    const { user, system } = process.cpuUsage(before);
    let logins: Done = { times: 0, rate: 0 };
    const loginCost = await costOf(product, async () => {
      logins = await repeat(PEOPLE, pace.stretch, login);
    });
    const registrations = await repeat(PEOPLE, pace.stretch, register);
    const calm = await readPages(product, pace.stretch);
    const storm = repeat(PEOPLE, pace.stretch, login);
    const { pages: stormPages, p99: stormP99 } = await readPages(product, pace.stretch);
    await storm;
    stretches.push({
      raw: raw.rate,
      hashCost: (user + system) / 1000 / raw.times,
      logins: logins.rate,
      loginCost: loginCost / logins.times,
      registrations: registrations.rate,
      ...calm,
      stormPages,
      stormP99,
    });
  }
  return stretches;
}

async function readPages(product: Subject, milliseconds: number) {
  const home = product.visits['home, signed in'];
  if (!home) throw new Error('Nobody is signed in');
  const agent = new Agent({ keepAlive: true, maxSockets: PAGE_CONNECTIONS });
  const latencies: number[] = [];
  const { rate } = await repeat(PAGE_CONNECTIONS, milliseconds, async () => {
    latencies.push(await timed(product, home, agent));
  });
  agent.destroy();
  return { pages: rate, p99: quantile(latencies, 0.99) };
}

function figuresOf(stretches: readonly Stretch[]): Omit<LoginFigures, 'commands'> {
  const all = (measure: keyof Stretch) => stretches.map((each) => each[measure]);
  const spreads = MEASURES.map((measure) => [measure, spread(all(measure))] as const);
  return {
    // It has every measure: it was made of the list of them.
    ...(Object.fromEntries(spreads) as Record<keyof Stretch, Spread>),
    loginsOfRaw: spread(ratios(all('logins'), all('raw'))),
    registrationsOfRaw: spread(ratios(all('registrations'), all('raw'))),
    hashOfLogin: spread(ratios(all('hashCost'), all('loginCost'))),
    p99Ratio: spread(ratios(all('stormP99'), all('p99'))),
  };
}

import bcrypt from 'bcrypt';
import { Agent } from 'node:http';
import { availableParallelism } from 'node:os';
import type { SoftAuthenticator } from '../../test/support/soft-authenticator.js';
import { PASSWORD } from '../../test/support/visitor.js';
import { costOf, type Done, lanes, repeat } from '../cost.js';
import { Crowd } from '../crowd.js';
import { quantile, ratios, spread, type Spread } from '../statistics.js';
import { startDatabase } from '../subjects/database.js';
import { baseUrlOf, startProduct, withPerson } from '../subjects/product.js';
import type { Subject } from '../subjects/subject.js';
import { timed } from '../turns.js';
import { type Commands, countLogin } from './commands.js';
import type { Setting } from '../setting.js';

/** The product's own in production. */
const BCRYPT_COST = 12;
const CORES = availableParallelism();
/** More than one for each core: no core waits while a page is on its way. */
const AT_ONCE = 2 * CORES;
/**
 * Who take turns. With few, each would soon have all the sessions that an account can, and cost more than
 * somebody who has logged in a dozen times.
 */
const PEOPLE = 60;
/** Log-ins by passkey of a stretch: as many as there are in seconds would fill the accounts as well. */
const BY_PASSKEY = PEOPLE;
const PAGE_CONNECTIONS = 5;

/** What was measured in each stretch of time. */
const MEASURES = [
  'raw',
  'hashCost',
  'logins',
  'loginCost',
  'passkeyCost',
  'registrations',
  'pages',
  'p99',
  'stormPages',
  'stormP99',
] as const;
type Stretch = Readonly<Record<(typeof MEASURES)[number], number>>;

/**
 * `raw`, `logins` and `registrations` a second: password hashes alone on all cores, and what the product
 * makes of them. `hashCost`, `loginCost` and `passkeyCost`: milliseconds of processor time of a hash, a log-in
 * by password, a log-in by passkey. `pages` a second and `p99` in milliseconds: the home page of a person signed in; with `storm` during log-ins.
 */
export interface LoginFigures extends Readonly<Record<keyof Stretch, Spread>> {
  /** Of the raw rate: higher is better. */
  readonly loginsOfRaw: Spread;
  readonly registrationsOfRaw: Spread;
  /** The processor time of a hash over a log-in's: the same question, asked on a busy machine. */
  readonly hashOfLogin: Spread;
  /** The processor time of a log-in by passkey over that of one by password: lower is better. */
  readonly passkeyOfPassword: Spread;
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

async function measureStretches(product: Subject, setting: Setting): Promise<Stretch[]> {
  const { pace, environment } = setting;
  const crowd = new Crowd(product.origin);
  const register = async (name: string, people: number): Promise<SoftAuthenticator[]> => {
    const passkeys: SoftAuthenticator[] = [];
    while (passkeys.length < people) {
      const holder = `${name}-${passkeys.length}`;
      passkeys.push(await crowd.registerWithPasskey(holder, baseUrlOf(setting)));
    }
    return passkeys;
  };
  const logInByPasskey = (times: number, passkeys: readonly SoftAuthenticator[]) =>
    lanes(times, AT_ONCE, (turn) => crowd.loginByPasskey(passkeys[turn % passkeys.length]));
  // By people of their own, whom it gives all the sessions that they can have.
  await logInByPasskey(pace.warmUp * pace.requests, await register('early', AT_ONCE));
  const passkeys = await register('person', PEOPLE);
  let newcomers = 0;
  const cost = Number(environment['BCRYPT_COST'] ?? BCRYPT_COST);
  const hash = await bcrypt.hash(PASSWORD, cost);
  // In turn, so that nobody logs in several times at once: an account takes few of them.
  let logins = 0;
  const login = () => crowd.login(`person-${logins++ % PEOPLE}`);
  const newcomer = () => crowd.register(`newcomer-${newcomers++}`);
  const stretches: Stretch[] = [];
  while (stretches.length < pace.stretches) {
    const before = process.cpuUsage();
    const raw = await repeat(CORES, pace.stretch, () => bcrypt.compare(PASSWORD, hash));
    const { user, system } = process.cpuUsage(before);
    let byPassword: Done = { times: 0, rate: 0 };
    const loginCost = await costOf(product, async () => {
      byPassword = await repeat(AT_ONCE, pace.stretch, login);
    });
    const passkeyCost = await costOf(product, () => logInByPasskey(BY_PASSKEY, passkeys));
    const registrations = await repeat(AT_ONCE, pace.stretch, newcomer);
    const calm = await readPages(product, pace.stretch);
    const storm = repeat(AT_ONCE, pace.stretch, login);
    const { pages: stormPages, p99: stormP99 } = await readPages(product, pace.stretch);
    await storm;
    stretches.push({
      raw: raw.rate,
      hashCost: (user + system) / 1000 / raw.times,
      logins: byPassword.rate,
      loginCost: loginCost / byPassword.times,
      passkeyCost: passkeyCost / BY_PASSKEY,
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
    passkeyOfPassword: spread(ratios(all('passkeyCost'), all('loginCost'))),
    p99Ratio: spread(ratios(all('stormP99'), all('p99'))),
  };
}

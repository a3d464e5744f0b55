import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { addressVariables, keyNames } from '../../src/oauth/providers/provider-settings.js';
import { providers } from '../../src/oauth/providers/providers.js';
import { startStubProvider, stubbedProviders, type StubProvider } from '@latchkey/stub-provider';
import { freePort } from '../support/free-port.js';
import type { Mark } from '../support/measure-process.js';
import { Running, SECRETS } from '../support/process.js';
import { goThrough } from '../support/flows.js';
import type { Answer } from '../support/visitor.js';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const MEASURE = new URL('../support/measure-process.js', import.meta.url).href;

/** How many people are there at a time. */
const TOGETHER = 4;
/** How many come by a provider, again and again. */
const PEOPLE = 40;
/** Addresses that people come from in turn: enough that none reaches a limit. */
const ADDRESSES = 500;

/** Each of the people may hold a connection to the database, with two ends, and one to the provider. */
const HANDLES = 3 * TOGETHER;

/** What a number of rounds left behind. */
export interface Outcome {
  readonly rounds: number;
  /** From the end of the warm-up, at equal distances. */
  readonly marks: readonly Mark[];
  /** A sentence for each collection or kind of handle of which there are too many. */
  readonly leaks: readonly string[];
}

/**
 * Rounds in which somebody registers, somebody logs in and somebody comes by a provider, and all of
 * them log out again; against the application as people start it, with the embedded database.
 *
 * @param rounds after a warm-up that is as long as the way from one mark to the next
 * @param intervals into how many the marks part them
 * @param tell takes each mark as it is made
 */
export async function soak(
  rounds: number,
  intervals: number,
  tell: (mark: Mark) => void = () => undefined,
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-soak-'));
  const stub = await startStubProvider();
  const app = await start(folder, stub);
  try {
    await app.answers('/health/ready', 200);
    const each = Math.floor(rounds / intervals);
    const addresses = Math.min(each, ADDRESSES);
    const marks: Mark[] = [];
    const leaks: string[] = [];
    for (let end = each; end <= each * (intervals + 1); end += each) {
      const lanes = Array.from({ length: TOGETHER }, async (_, lane) => {
        for (let n = end - each + lane; n < end; n += TOGETHER) {
          await round(app, stub, n, addressAt(n % addresses));
        }
      });
      await Promise.all(lanes);
      const mark = await settled(app, marks[0]);
      marks.push(mark);
      leaks.push(...strays(mark, end, addresses));
      tell(mark);
      app.output = '';
    }
    return { rounds: each * intervals, marks, leaks: [...leaks, ...strayHandles(marks)] };
  } finally {
    await app.kill();
    await stub.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * What each thousand rounds add, in the unit of the marks. Medians of the first and the last third
 * are compared, so that one mark in a bad moment decides nothing.
 */
export function growth({ marks, rounds }: Outcome, of: (mark: Mark) => number): number {
  const values = marks.map(of);
  const third = Math.max(1, Math.floor(values.length / 3));
  const between = (rounds / (values.length - 1)) * (values.length - third);
  return ((median(values.slice(-third)) - median(values.slice(0, third))) * 1000) / between;
}

/** Documents beyond what the rounds account for. */
function strays({ documents }: Mark, rounds: number, addresses: number): string[] {
  const allowed: Record<string, number> = {
    users: rounds + Math.min(rounds, PEOPLE),
    // The anonymous one after each logout, for an hour.
    sessions: 3 * rounds,
    // Of registrations and their forms, of logins and of starts at a provider; for some minutes, of names.
    // Of mails, for a day: three for each address that asks, and for each that gets one.
    throttle: 7 * addresses + 5 * rounds,
    // What a verification mail waits for, for a day; what a notice of a new device does, for a week.
    'one-time': 2 * rounds,
    // A beginning, log-ins and log-outs of three people.
    activity: 8 * rounds,
    // Being handed over.
    mails: TOGETHER,
    // The version of what is stored.
    latchkey: 1,
  };
  return Object.entries(documents)
    .filter(([name, count]) => count > (allowed[name] ?? 0))
    .map(([name, count]) => `${count} ${name} after ${rounds} rounds, not ${allowed[name] ?? 0}`);
}

function strayHandles(marks: readonly Mark[]): string[] {
  const [first = 0, last = 0] = [marks[0]?.handles, marks.at(-1)?.handles];
  return last > first + HANDLES ? [`${last} handles, where ${first} were`] : [];
}

async function start(folder: string, stub: StubProvider): Promise<Running> {
  const port = await freePort();
  const child = fork(MAIN, {
    cwd: folder,
    execArgv: ['--expose-gc', '--import', MEASURE],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      ...SECRETS,
      ...keysOf(stub),
      NODE_ENV: 'test',
      PORT: String(port),
      DATA_DIR: join(folder, 'data'),
      // The soak is about what stays behind, not about time.
      BCRYPT_COST: '4',
      TRUST_PROXY: 'loopback',
    },
  });
  return new Running(child, port);
}

function keysOf(stub: StubProvider): Record<string, string> {
  const settings = stubbedProviders.flatMap((id) => {
    const provider = providers.find((each) => each.id === id);
    if (!provider) return [];
    const [idName, secretName] = keyNames(provider);
    const { clientId, clientSecret } = stub.credentials(id);
    const addresses = addressVariables(provider, stub.endpoints(id));
    return [{ [idName]: clientId, [secretName]: clientSecret, ...addresses }];
  });
  return Object.assign({}, ...settings) as Record<string, string>;
}

async function round(app: Running, stub: StubProvider, n: number, address: string) {
  const name = `soak-${n}`;
  const newcomer = app.visitor(address);
  arrived(await newcomer.register(name));
  arrived(await newcomer.logout(), '/login');

  const returning = app.visitor(address);
  arrived(await returning.login(name));
  arrived(await returning.logout(), '/login');

  // The same person always comes by the same provider: an account for each.
  const guest = n % PEOPLE;
  const provider = stubbedProviders[guest % stubbedProviders.length] ?? 'google';
  const person = { subject: `${5000 + guest}`, name: `Guest ${guest}`, email: null };
  const visitor = app.visitor(address);
  arrived(await goThrough(stub, visitor, provider, person));
  arrived(await visitor.logout(), '/login');
}

function addressAt(place: number): string {
  return `198.51.${place >> 8}.${place & 255}`;
}

function arrived({ status, location, text }: Answer, at = '/'): void {
  if (status !== 303 || location !== at) {
    throw new Error(`Not let through: ${status} ${location ?? text}`);
  }
}

/** Gives connections that are just closing a moment to be gone; what stays is measured as it is. */
async function settled(app: Running, first: Mark | undefined): Promise<Mark> {
  for (let patience = 20; ; patience--) {
    const answer = once(app.child, 'message');
    app.child.send('measure');
    // What measure-process.ts sends.
    const [mark] = (await answer) as [Mark];
    if (!first || mark.handles <= first.handles + HANDLES || patience === 0) return mark;
    await delay(250);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

import { getConnectionToken } from '@nestjs/mongoose';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { type ParsedMail, simpleParser } from 'mailparser';
import type { Connection } from 'mongoose';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppModule } from '../../src/app.module.js';
import { configureApp } from '../../src/app.setup.js';
import { Clock } from '../../src/core/clock.js';
import { LogOutput } from '../../src/core/process/log-output.js';
import { Database } from '../../src/core/database/database.js';
import { PageAdapter } from '../../src/core/pages/page.adapter.js';
import { hardenServer } from '../../src/core/process/server-limits.js';
import { DevelopmentStub } from '../../src/oauth/development/development-stub.js';
import { EmailsService } from '../../src/users/emails.service.js';
import { UsersService } from '../../src/users/users.service.js';
import type { StubProvider } from '@latchkey/stub-provider';
import { freshDatabase } from './database-address.js';
import { Visitor } from './visitor.js';
import { until } from './wait-until.js';

/** A running application of its own, with a database of its own. */
export interface TestApp {
  readonly origin: string;
  readonly nest: NestExpressApplication;
  /** A direct look into the database. */
  readonly db: Connection;
  /** What the application has written to its log. */
  readonly log: readonly string[];
  /** A person with a browser of their own, at an address of their own. */
  visitor(address?: string): Visitor;
  /** A visitor with a new account of this name, signed in. */
  person(username: string): Promise<Visitor>;
  /** Verifies the address of an account, as its person does, or the one that waits. */
  verify(username: string, email?: string): Promise<void>;
  /** A person whose address is verified. */
  owner(username: string): Promise<Visitor>;
  /** The mails to an address that were handed over, oldest first, once none waits any more. */
  mails(to: string): Promise<ParsedMail[]>;
  /** Moves the application's clock. */
  advance(milliseconds: number): void;
  /** What time it is by the application's clock. */
  now(): Date;
  /** What stands in for every provider. */
  readonly stub: StubProvider;
  /** Everything stored about people; sessions and counters left out. */
  users(): Promise<Record<string, unknown>[]>;
  /** The account of this user name, as stored. */
  user(username: string): Promise<Record<string, unknown> | null>;
  /** Waits until the database can be used: at the start, and after an outage. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

export const SESSION_SECRET = 'kW8mZq3vTn5xYb7cJd9fGh2jLp4rSt6u';

/** Cheap hashes; the peer is trusted as a proxy, so that a visitor can have any address. */
const ENVIRONMENT = {
  NODE_ENV: 'test',
  COOKIE_PREFIX: 'test',
  BCRYPT_COST: '4',
  TRUST_PROXY: 'loopback',
  SESSION_SECRET,
  PASSWORD_PEPPER: 'Xc5vBn7mQw9eRt2yUi4oPa6sDf8gHj3k',
};

/** Replaces parts of an application before it starts. */
export type Override = (testing: TestingModuleBuilder) => TestingModuleBuilder;

/** A line of the log is there when the answer is. */
export class ImmediateOutput extends LogOutput {
  override write(line: string): void {
    process.stdout.write(line);
  }
}

type Account = Record<string, unknown>;
// What waits to be told of is gone at any moment.
const ACCOUNT = { projection: { untold: 0, untoldSince: 0 } };

let addresses = 0;

/**
 * Starts the application as `main.ts` does, on a free port.
 *
 * @param override replaces parts of it, for what no visitor can bring about
 */
export async function startApp(
  environment: Record<string, string> = {},
  override: Override = (testing) => testing,
): Promise<TestApp> {
  const log = captureLog();
  // The development outbox is in it.
  const dataDir = environment['DATA_DIR'] ?? mkdtempSync(join(tmpdir(), 'latchkey-app-'));
  let shift = 0;
  const clock: Clock = { now: () => new Date(Date.now() + shift) };
  const testing = Test.createTestingModule({
    imports: [
      AppModule.forRoot({
        ...ENVIRONMENT,
        MONGODB_URI: freshDatabase(),
        DATA_DIR: dataDir,
        ...environment,
      }),
    ],
  })
    .overrideProvider(Clock)
    .useValue(clock)
    .overrideProvider(LogOutput)
    .useClass(ImmediateOutput);
  const module = await override(testing).compile();
  const nest = module.createNestApplication<NestExpressApplication>(new PageAdapter(), {
    bodyParser: false,
    abortOnError: false,
  });
  configureApp(nest);
  hardenServer(nest);
  await nest.listen(Number(environment['PORT'] ?? 0), '127.0.0.1');
  // On a busy machine the first try at the database may take too long, and the next comes later.
  const database = nest.get(Database);
  const ready = () => until(() => database.ready);
  await ready();
  const { port } = new URL(await nest.getUrl());
  const origin = `http://localhost:${port}`;
  const db = nest.get<Connection>(getConnectionToken());
  const visitor = (address = `198.51.${Math.floor(++addresses / 250)}.${(addresses % 250) + 1}`) =>
    new Visitor(`http://127.0.0.1:${port}`, address);
  const person = async (username: string) => {
    const registered = visitor();
    expect((await registered.register(username)).status).toBe(303);
    return registered;
  };
  const verify = async (username: string, email?: string) => {
    const [user] = await nest.get(UsersService, { strict: false }).findByLogin(username);
    const emails = nest.get(EmailsService, { strict: false });
    expect(user && (await emails.verify(user, email ?? user.email ?? ''))).toBe('verified');
  };
  return {
    origin,
    nest,
    db,
    stub: stubOf(nest),
    log: log.lines,
    ready,
    visitor,
    person,
    verify,
    owner: async (username) => {
      const owner = await person(username);
      await verify(username);
      return owner;
    },
    mails: async (to) => {
      await until(async () => (await db.collection('mails').countDocuments()) === 0);
      const mails = await parseOutbox(join(dataDir, 'outbox'));
      return mails.filter((mail) => recipientsOf(mail).includes(to));
    },
    advance: (milliseconds) => {
      shift += milliseconds;
    },
    // In the order in which they were made.
    users: () => db.collection<Account>('users').find({}, ACCOUNT).sort({ _id: 1 }).toArray(),
    user: (username) => db.collection<Account>('users').findOne({ username }, ACCOUNT),
    now: () => clock.now(),
    close: async () => {
      await db.dropDatabase().catch(() => undefined);
      await nest.close();
      log.stop();
      if (!environment['DATA_DIR']) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function parseOutbox(folder: string): Promise<ParsedMail[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.eml')).toSorted();
  return Promise.all(files.map(async (name) => simpleParser(await readFile(join(folder, name)))));
}

export function recipientsOf({ to }: ParsedMail): string[] {
  return [to ?? []].flat().flatMap(({ value }) => value.map(({ address = '' }) => address));
}

// Absent where a test sets keys of its own.
function stubOf(nest: NestExpressApplication): StubProvider {
  return nest.get(DevelopmentStub).stub as StubProvider;
}

function captureLog(): { lines: string[]; stop: () => void } {
  const lines: string[] = [];
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (chunk: string | Uint8Array) => {
    lines.push(String(chunk));
    return true;
  };
  return {
    lines,
    stop: () => {
      process.stdout.write = write;
    },
  };
}

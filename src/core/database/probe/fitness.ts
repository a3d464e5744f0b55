import type { Logger } from '@nestjs/common';
import type mongoose from 'mongoose';
import type { Connection } from 'mongoose';
import { digest } from '../../crypto/digests.js';
import { upsertIn } from '../collisions.js';
import { placed } from '../error-facts.js';
import { UnusableDatabase } from '../failures.js';
import { VERSION_COLLECTION } from '../stored-version.js';
import { probe, type ProbeResult, sweepProbes } from './probe.js';
import { buildInfoOf, dbOf, helloOf, isEmbedded, nameOf } from './server-facts.js';

type Document = mongoose.mongo.Document;

/** Raised when the probe asks for more, so that every server is tried again. */
const PROBE_VERSION = 3;

const MEMORY_ID = 'probed-server';

/** What a probe of before found out about a server that can be used. */
interface Memory {
  readonly _id: string;
  readonly server: string;
  readonly takesRetries: boolean;
}

/** Fields of `buildInfo` that change from one answer of a server to the next. */
const PASSING = ['ok', 'operationTime', 'lastCommittedOpTime', 'localTime'];

/**
 * How far a server can be used. `repeats-writes`: the driver may not send a write again after a cut
 * connection. `untried`: the user may make no collection to try it in.
 */
export type Fitness = 'fit' | 'repeats-writes' | 'untried';

/**
 * Tries whether the server can do what is needed. One that was tried before, in this version and
 * role, is not tried again; nor is the embedded one.
 *
 * @throws UnusableDatabase with everything that the server fails at
 */
export async function demandFitServer(connection: Connection, logger: Logger): Promise<Fitness> {
  const db = dbOf(connection);
  const buildInfo = await buildInfoOf(db);
  if (isEmbedded(buildInfo)) return 'fit';
  const memories = connection.collection<Memory>(VERSION_COLLECTION);
  const [hello, memory] = await Promise.all([
    helloOf(db),
    placed(memories, 'findOne', () => memories.findOne({ _id: MEMORY_ID })),
    sweepProbes(db),
  ]);
  const server = serverOf(buildInfo, hello);
  if (memory?.server === server) return fitnessOf(connection, memory.takesRetries);
  const result = await probe(connection, logger);
  if (result === null) return 'untried';
  demandPassed(result, buildInfo);
  const { takesRetries } = result;
  // A server that does not tell its version may be another one at the next start.
  if (buildInfo) {
    const found = { $set: { server, takesRetries } };
    await upsertIn(VERSION_COLLECTION, () =>
      placed(memories, 'updateOne', () =>
        memories.updateOne({ _id: MEMORY_ID }, found, { upsert: true }),
      ),
    );
  }
  return fitnessOf(connection, takesRetries);
}

function fitnessOf(connection: Connection, takesRetries: boolean): Fitness {
  const { retryWrites } = connection.getClient().options;
  return takesRetries || !retryWrites ? 'fit' : 'repeats-writes';
}

/** A server in one word; another version or role of it is another one. */
function serverOf(buildInfo: Document | null, { setName, msg }: Document): string {
  const lasting = Object.entries(buildInfo ?? {})
    .filter(([name]) => !name.startsWith('$') && !PASSING.includes(name))
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return digest(JSON.stringify([PROBE_VERSION, lasting, setName ?? null, msg ?? null]));
}

/** @throws UnusableDatabase */
function demandPassed({ failures }: ProbeResult, buildInfo: Document | null): void {
  if (failures.length === 0) return;
  throw new UnusableDatabase(
    `${nameOf(buildInfo)} is not MongoDB enough. It fails at: ${failures.join('; ')}. Use MongoDB 4.4 or newer, or a server that docs/databases.md names, and set MONGODB_URI.`,
  );
}

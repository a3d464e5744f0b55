import { setTimeout as delay } from 'node:timers/promises';
import type { Kind, Message } from './other-server.js';

// What was seen of servers that speak MongoDB's protocol: see docs/databases.md.

interface WriteError {
  readonly code?: number;
  readonly errmsg?: string;
}

/** The index that the server of the tests names in its text. */
function indexIn(text: string): string {
  return /index: (\S+)/.exec(text)?.[1] ?? '';
}

function withoutKeys(error: WriteError & Message, text: (index: string) => string): Message {
  const { keyPattern: _pattern, keyValue: _value, ...rest } = error;
  return { ...rest, errmsg: text(indexIn(error.errmsg ?? '')) };
}

function isDuplicate(answer: Message): boolean {
  return answer['code'] === 11000;
}

/** Every duplicate-key error is told without its key, in other words. */
function saying(text: (index: string, command: Message) => string): Kind {
  return {
    change: (answer, command) => {
      const errors = answer['writeErrors'] as (WriteError & Message)[] | undefined;
      if (errors?.some(isDuplicate)) {
        const other = errors.map((each) =>
          isDuplicate(each) ? withoutKeys(each, (index) => text(index, command)) : each,
        );
        return { ...answer, writeErrors: other };
      }
      return isDuplicate(answer) ? withoutKeys(answer, (index) => text(index, command)) : undefined;
    },
  };
}

/** DocumentDB: an insert names the index in its text, a findAndModify names nothing. */
export const documentDb: Kind = saying((index, command) =>
  'findAndModify' in command
    ? 'Duplicate key violation'
    : `Duplicate key violation on the requested collection: Index '${index}'`,
);

/** The worst of all: no duplicate is ever told by a name. */
export const namesNothing: Kind = saying(() => 'Duplicate key violation');

/** mongo-java-server: the index stands in a text that is like MongoDB's. */
export const javaServer: Kind = saying(
  (index) => `E11000 duplicate key error collection: test index: ${index} dup key`,
);

/** DocumentDB builds an index of a collection by a queue. */
export function slowIndex(name: string, milliseconds: number): Kind {
  return {
    change: async (_answer, command) => {
      const indexes = (command['indexes'] ?? []) as { name: string }[];
      if (indexes.some((index) => index.name === name)) await delay(milliseconds);
      return undefined;
    },
  };
}

/** mongo-java-server: the time of `hello` and `isMaster` is a number. */
export const numericTime: Kind = {
  change: ({ localTime, ...answer }) =>
    localTime instanceof Date ? { ...answer, localTime: localTime.getTime() } : undefined,
};

/** mongo-java-server: no `hello`, nor does its `isMaster` promise one. */
export const withoutHello: Kind = {
  answer: (command) => ('hello' in command ? refusal(59, 'CommandNotFound') : undefined),
  change: ({ helloOk, ...answer }) => (helloOk === undefined ? undefined : answer),
};

/** FerretDB 1: no index that ends what is old. */
export const withoutTtl: Kind = refusingIndexes('expireAfterSeconds');

/** mongo-java-server: a partial index is taken, shown, and ignored. */
export function ignoringPartialIndexes(): Kind {
  const shown: { readonly collection: unknown; readonly index: Message }[] = [];
  return {
    answer: (command) => {
      const indexes = (command['indexes'] ?? []) as Message[];
      if (!indexes.some((index) => 'partialFilterExpression' in index)) return undefined;
      for (const index of indexes) shown.push({ collection: command['createIndexes'], index });
      return { numIndexesBefore: 1, numIndexesAfter: 2, ok: 1 };
    },
    change: (answer, command) => {
      const cursor = answer['cursor'] as { firstBatch: Message[] } | undefined;
      if (!('listIndexes' in command) || !cursor) return undefined;
      const ours = shown.filter(({ collection }) => collection === command['listIndexes']);
      const firstBatch = [...cursor.firstBatch, ...ours.map(({ index }) => ({ v: 2, ...index }))];
      return { ...answer, cursor: { ...cursor, firstBatch } };
    },
  };
}

/** FerretDB 1: reports that it took out of a list, and leaves all of it there. */
export const pullingNothing: Kind = {
  answer: (command) =>
    JSON.stringify(command['updates'] ?? '').includes('$pull')
      ? { n: 1, nModified: 1, ok: 1 }
      : undefined,
};

/** FerretDB 1: what checks and writes at once does both apart, so that everybody wins. */
export const losingRaces: Kind = {
  send: (command) => {
    const { query } = command as { query?: Message };
    if (!('findAndModify' in command) || query?.['count'] === undefined) return undefined;
    const { count: _count, ...rest } = query;
    return { ...command, query: rest };
  },
};

/** FerretDB 1: adds up what it read before another one wrote. */
export function losingIncrements(): Kind {
  let seen = 0;
  return {
    send: (command) => {
      const { update } = command as { update?: Message };
      const counts = 'findAndModify' in command && update?.['$inc'] !== undefined;
      return counts && ++seen % 2 === 0
        ? { ...command, update: { $set: { count: 1 } } }
        : undefined;
    },
  };
}

/** FerretDB 1: as above, by updates. */
export function losingUpdates(): Kind {
  let seen = 0;
  return {
    answer: (command) => {
      const [update] = (command['updates'] ?? []) as readonly { q?: Message }[];
      const counts = String(update?.q?.['_id']).startsWith('update-inc');
      return counts && ++seen % 2 === 0 ? { n: 1, nModified: 1, ok: 1 } : undefined;
    },
  };
}

/** DocumentDB and FerretDB as a replica set: carry out a numbered write as often as it is sent. */
export const repeatingWrites: Kind = {
  send: ({ txnNumber, ...command }) => (txnNumber === undefined ? undefined : command),
};

/** Calls itself by its own name. */
export function calling(own: Message): Kind {
  return {
    change: (answer, command) =>
      'buildInfo' in command ? { ...answer, ...own, modules: [] } : undefined,
  };
}

/** The user may write to what is there and make nothing. */
export const refusingCollections: Kind = {
  answer: (command) =>
    String(command['createIndexes']).startsWith('probe-')
      ? refusal(13, 'Unauthorized', 'not authorized')
      : undefined,
};

/** The first upserts of each collection meet others and fail, one after the other with each of these codes. */
export function collidingUpserts(...codes: number[]): Kind {
  const left = new Map<string, number[]>();
  return {
    answer: (command) => {
      const updates = (command['updates'] ?? []) as readonly Message[];
      const collection = String(command['update']);
      const probed = collection.startsWith('probe-');
      if (probed || !updates.some(({ upsert }) => upsert === true)) return undefined;
      const ahead = left.get(collection) ?? [...codes];
      left.set(collection, ahead);
      const code = ahead.shift();
      if (code === undefined) return undefined;
      // A duplicate is told of the statement, the others end the command.
      const writeErrors = [{ index: 0, code, errmsg: 'Collision' }];
      return code === 11000 ? { n: 0, writeErrors, ok: 1 } : refusal(code, 'Collision');
    },
  };
}

/** Refuses so many writes of an account as doubles, and names nothing. */
export function refusingNameless(times: number): Kind {
  let left = times;
  const error = { index: 0, code: 11000, errmsg: 'Duplicate key violation' };
  return {
    answer: (command) => {
      const inserts = command['insert'] === 'users';
      if ((!inserts && command['findAndModify'] !== 'users') || left-- <= 0) return undefined;
      return inserts ? { n: 0, writeErrors: [error], ok: 1 } : { ...error, ok: 0 };
    },
  };
}

/** Speaks an older form of the protocol than the driver does. */
export const oldWire: Kind = {
  change: (answer) =>
    'maxWireVersion' in answer ? { ...answer, minWireVersion: 0, maxWireVersion: 8 } : undefined,
};

/** Another kind whenever a test says so. */
export function playedByTurns() {
  let now: Kind = {};
  return {
    answer: (command: Message) => now.answer?.(command),
    change: (answer: Message, command: Message) => now.change?.(answer, command),
    play: (kind: Kind) => {
      now = kind;
    },
  };
}

/** An error as a server answers with it. */
export function refusal(code: number, codeName: string, errmsg = codeName): Message {
  return { ok: 0, code, codeName, errmsg };
}

function refusingIndexes(option: string): Kind {
  return {
    answer: (command) =>
      ((command['indexes'] ?? []) as Message[]).some((index) => option in index)
        ? refusal(238, 'NotImplemented', `${option} is not implemented yet`)
        : undefined,
  };
}

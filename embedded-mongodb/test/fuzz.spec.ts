import fc from 'fast-check';
import { Double, Int32, Long, ObjectId } from 'bson';
import { join } from 'node:path';
import { rmSync } from 'node:fs';
import type { Collection } from '../src/storage/catalog.js';
import { readIndexSpec } from '../src/storage/index-spec.js';
import { decode, encode } from '../src/values/codec.js';
import { keyOf } from '../src/values/keys.js';
import { openStore } from '../src/storage/open-store.js';
import { keyFields, sortKey } from '../src/queries/key-fields.js';
import { byFilter } from '../src/queries/query.js';
import { find } from '../src/storage/find.js';
import { modify } from '../src/storage/modify.js';
import { Refusal } from '../src/values/refusal.js';
import type { Store } from '../src/storage/store.js';
import { compileUpdate, storable } from '../src/queries/update.js';
import type { Doc, Value } from '../src/values/values.js';
import { describeEmbedded, temporaryFolder } from './support/server-under-test.js';

/** Few different values, so that they meet; all kinds that an index treats in its own way. */
const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.integer({ min: -2, max: 3 }).map((n) => new Int32(n)),
  fc.constantFrom(...[0, 1, 2.5, NaN, Infinity, -0.5].map((n) => new Double(n))),
  fc.constantFrom(Long.fromNumber(1), Long.fromString('9007199254740991')),
  fc.constantFrom('', 'a', 'ab', 'a\0b', 'é', null, true, false),
  fc.constantFrom(new Date(0), new Date(1), new ObjectId('000000000000000000000001')),
);
/** Few numbers only: conditions on several fields and elements are met and missed often. */
const few: fc.Arbitrary<Value> = fc.integer({ min: 0, max: 3 }).map((n) => new Int32(n));

const path = fc.constantFrom('a', 'b', 'c', 'a.b', 'a.c', 'b.a');

function named<T>(
  name: fc.Arbitrary<string>,
  item: fc.Arbitrary<T>,
  lengths: fc.UniqueArrayConstraints<string, string> | { minLength?: number; maxLength: number },
): fc.Arbitrary<Map<string, T>> {
  return fc
    .uniqueArray(fc.tuple(name, item), {
      minLength: 0,
      ...lengths,
      selector: ([key]) => key,
    } as fc.UniqueArrayConstraintsRecommended<[string, T], string>)
    .map((entries) => new Map(entries));
}

function arbitraries(
  leaf: fc.Arbitrary<Value>,
  leafWeight: number,
): { document: fc.Arbitrary<Doc>; clauses: fc.Arbitrary<Doc>; filter: fc.Arbitrary<Doc> } {
  const field = fc.constantFrom('a', 'b', 'c');
  const { value } = fc.letrec<{ value: Value; doc: Doc; array: Value[] }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      { arbitrary: leaf, weight: leafWeight },
      { arbitrary: tie('array'), weight: 2 },
      tie('doc'),
    ),
    array: fc.array(tie('value'), { maxLength: 3 }),
    doc: named(field, tie('value'), { maxLength: 3 }),
  }));
  const condition: fc.Arbitrary<Value> = fc.oneof(
    value,
    named<Value>(fc.constantFrom('$eq', '$gt', '$gte', '$lt', '$lte', '$ne'), leaf, {
      minLength: 1,
      maxLength: 2,
    }),
    fc.array(value, { maxLength: 4 }).map((items) => new Map<string, Value>([['$in', items]])),
    fc.boolean().map((exists) => new Map<string, Value>([['$exists', exists]])),
  );
  const clauses = named(path, condition, { maxLength: 2 });
  const list = fc.array(clauses, { minLength: 1, maxLength: 3 });
  const joined = fc
    .tuple(clauses, list, fc.constantFrom('$or', '$and'))
    .map(([base, items, name]): Doc => new Map([...base, [name, items]]));
  return {
    document: named(field, value, { maxLength: 3 }),
    clauses,
    filter: fc.oneof(clauses, joined),
  };
}

const all = arbitraries(scalar, 6);
const pair = named(fc.constantFrom('b', 'c'), few, { maxLength: 2 });
const pairs = {
  ...arbitraries(few, 20),
  document: named<Value>(fc.constant('a'), fc.array(pair, { maxLength: 3 }), { maxLength: 1 }),
};
const { document } = all;

const sort = named<Value>(path, fc.constantFrom(new Int32(1), new Int32(-1)), { maxLength: 2 });

const INDEXES: { key: [string, number][]; options?: [string, Value][] }[] = [
  { key: [['a', 1]] },
  { key: [['a.b', -1]] },
  {
    key: [
      ['a.b', 1],
      ['a.c', -1],
    ],
  },
  {
    key: [
      ['b', -1],
      ['c', 1],
    ],
  },
  { key: [['c', 1]], options: [['sparse', true]] },
  {
    key: [
      ['b', 1],
      ['a', 1],
    ],
    options: [['partialFilterExpression', new Map([['c', new Map([['$gt', new Int32(0)]])]])]],
  },
  {
    key: [['b.a', 1]],
    options: [
      ['partialFilterExpression', new Map([['b.a', new Map<string, Value>([['$exists', true]])]])],
    ],
  },
];

/** A filter that the language forbids is refused alike with and without indexes. */
function attempt<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return `refused ${error.code}`;
    throw error;
  }
}

describeEmbedded('random documents and queries', () => {
  let folder: string;
  let store: Store;
  let count = 0;

  beforeAll(() => {
    folder = temporaryFolder();
    store = openStore(join(folder, 'data.sqlite'));
  });

  afterAll(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  const both = (): { plain: Collection; indexed: Collection } => {
    count++;
    const plain = store.catalog.ensure(`fuzz.plain${count}`);
    const indexed = store.catalog.ensure(`fuzz.indexed${count}`);
    for (const [i, { key, options = [] }] of INDEXES.entries()) {
      const fields = new Map<string, Value>(key.map(([name, way]) => [name, new Int32(way)]));
      store.catalog.createIndex(
        indexed,
        readIndexSpec(new Map<string, Value>([['key', fields], ['name', `i${i}`], ...options])),
      );
    }
    return { plain, indexed: store.catalog.ensure(`fuzz.indexed${count}`) };
  };

  const answer = (collection: Collection, wanted: Doc, order: Doc): unknown =>
    attempt(() => {
      const fields = keyFields(order);
      const found = [...find(store, collection, { ...byFilter(wanted, {}), sort: fields })];
      const ids = found.map((one) => keyOf(one.value.get('_id')));
      const keys = fields.length > 0 ? found.map((one) => sortKey(fields, one.value)) : [];
      return { ids: ids.toSorted(), keys };
    });

  it.each([
    ['all kinds of values', all],
    ['few numbers', arbitraries(few, 2)],
    ['arrays of pairs', pairs],
  ])('answers from indexes what a scan answers, of %s', (_name, kind) => {
    let queries = 0;
    const round = fc.property(
      fc.array(kind.document, { minLength: 5, maxLength: 40 }),
      fc.array(fc.tuple(kind.filter, sort), { minLength: 40, maxLength: 40 }),
      fc.array(fc.tuple(kind.clauses, path, scalar, fc.boolean()), { maxLength: 4 }),
      (docs, wanted, changes) => {
        store.atomic(() => {
          const { plain, indexed } = both();
          for (const [i, doc] of docs.entries()) {
            const given = new Map<string, Value>([['_id', new Int32(i)], ...doc]);
            const done = attempt(() =>
              store.atomic(() => store.write(indexed, null, null, storable(given))),
            );
            // Two arrays side by side can't be indexed: then neither collection gets the document.
            if (done === undefined) store.write(plain, null, null, storable(given));
          }
          for (const [which, where, to, removing] of changes) {
            const change = compileUpdate(new Map([['$set', new Map([[where, to]])]]), true);
            const one = { limit: 1, sort: keyFields(new Map([['_id', new Int32(1)]])) };
            const query = byFilter(which, removing ? one : {});
            const done = attempt(() =>
              modify(store, indexed.ns, query, removing ? undefined : change),
            );
            if (typeof done === 'string') continue;
            modify(store, plain.ns, query, removing ? undefined : change);
          }
          for (const [one, order] of wanted) {
            queries++;
            expect(answer(indexed, one, order)).toEqual(answer(plain, one, order));
          }
          store.catalog.drop(plain);
          store.catalog.drop(indexed);
        });
      },
    );
    fc.assert(round, { numRuns: 60 });
    expect(queries).toBeGreaterThanOrEqual(2_400);
  });

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(document, (doc) => {
        expect(encode(decode(encode(doc)))).toEqual(encode(doc));
        expect(keyOf(decode(encode(doc)))).toBe(keyOf(doc));
      }),
    );
  });

  it('orders numbers of all types by value', () => {
    const number = fc.oneof(
      fc.double({ noNaN: true }),
      fc.integer(),
      fc.constantFrom(0.1, 5e-324, -5e-324, 1e308, 2 ** 53),
    );
    fc.assert(
      fc.property(number, number, (a, b) => {
        const keys = [keyOf(new Double(a)), keyOf(new Double(b))] as const;
        expect([keys[0] < keys[1], keys[0] === keys[1]]).toEqual([a < b, a === b]);
      }),
    );
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 53n) + 1n, max: 2n ** 53n - 1n }),
        fc.bigInt({ min: -(2n ** 53n) + 1n, max: 2n ** 53n - 1n }),
        (a, b) => {
          const keys = [keyOf(Long.fromBigInt(a)), keyOf(Long.fromBigInt(b))] as const;
          expect([keys[0] < keys[1], keys[0] === keys[1]]).toEqual([a < b, a === b]);
        },
      ),
    );
  });

  it('refuses or reads any bytes, and never fails otherwise', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(document, fc.nat(200), fc.nat(255)).map(([doc, at, byte]) => {
        const good = Uint8Array.from(encode(doc));
        good[at % good.length] = byte;
        return good;
      }),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        const read = attempt(() => decode(input));
        expect(typeof read === 'string' || read instanceof Map).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});

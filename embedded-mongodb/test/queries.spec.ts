import { Binary, Double, Int32, Long, ObjectId, type Document } from 'mongodb';
import { refusal, serverUnderTest, type ServerUnderTest } from './support/server-under-test.js';

interface Case {
  readonly _id: string;
  readonly [field: string]: unknown;
}

const oid = new ObjectId('64b000000000000000000001');
const VALUES: Case[] = [
  { _id: 'missing' },
  { _id: 'null', a: null },
  { _id: 'int', a: new Int32(5) },
  { _id: 'double', a: new Double(5) },
  { _id: 'long', a: Long.fromNumber(5) },
  { _id: 'seven', a: 7 },
  { _id: 'nan', a: Number.NaN },
  { _id: 'big', a: Long.fromString('9007199254740991') },
  { _id: 'text', a: 'abc' },
  { _id: 'lines', a: 'x\nabc' },
  { _id: 'true', a: true },
  { _id: 'date', a: new Date(1_000) },
  { _id: 'oid', a: oid },
  { _id: 'binary', a: new Binary(Buffer.from([255, 1])) },
  { _id: 'binary2', a: new Binary(Buffer.from([255, 2])) },
  { _id: 'object', a: { b: 1, c: 2 } },
  { _id: 'swapped', a: { c: 2, b: 1 } },
  { _id: 'array', a: [1, 5, 9] },
  { _id: 'empty', a: [] },
  { _id: 'nested', a: [[5, 6]] },
  { _id: 'objects', a: [{ b: 1, c: 1 }, { b: 2, c: 3 }, { c: 4 }] },
];

/** Without arrays in arrays, on which $elemMatch is refused. */
const FLAT = { _id: { $ne: 'nested' } };
const FIVES = ['array', 'double', 'int', 'long'];

const QUERIES: [string, Document, string[]][] = [
  ['equality takes all numbers of a value', { a: 5 }, FIVES],
  ['equality with a long', { a: Long.fromNumber(5) }, FIVES],
  ['a long keeps all its digits', { a: Long.fromString('9007199254740990') }, []],
  ['null matches missing', { a: null }, ['missing', 'null']],
  ['$ne', { a: { $ne: 5 }, _id: { $in: ['int', 'array', 'text'] } }, ['text']],
  ['$ne null', { a: { $ne: null }, _id: { $in: ['null', 'missing', 'int'] } }, ['int']],
  ['an object with its order', { a: { b: 1, c: 2 } }, ['object']],
  ['a whole array', { a: [1, 5, 9] }, ['array']],
  ['an array in an array', { a: [5, 6] }, ['nested']],
  ['an empty array', { a: [] }, ['empty']],
  ['binary by bytes', { a: new Binary(Buffer.from([255, 1])) }, ['binary']],
  ['an object id', { a: oid }, ['oid']],
  ['NaN equals NaN', { a: Number.NaN }, ['nan']],
  ['$gt within numbers', { a: { $gt: 5 } }, ['array', 'big', 'seven']],
  ['$gte', { a: { $gte: 7 } }, ['array', 'big', 'seven']],
  ['$lt leaves NaN out', { a: { $lt: 5 } }, ['array']],
  ['$lte', { a: { $lte: 5 } }, FIVES],
  ['$gte null', { a: { $gte: null } }, ['missing', 'null']],
  ['$gt null', { a: { $gt: null } }, []],
  ['$gt of a string', { a: { $gt: 'abd' } }, ['lines']],
  ['$lt of a date', { a: { $lt: new Date(2_000) } }, ['date']],
  ['a range met by two elements', { a: { $gt: 8, $lt: 2 } }, ['array']],
  ['$elemMatch needs one element', { ...FLAT, a: { $elemMatch: { $gt: 8, $lt: 2 } } }, []],
  ['$elemMatch on values', { ...FLAT, a: { $elemMatch: { $gt: 2, $lt: 6 } } }, ['array']],
  ['$elemMatch on documents', { ...FLAT, a: { $elemMatch: { b: 2, c: 3 } } }, ['objects']],
  ['$elemMatch on a missing field', { ...FLAT, a: { $elemMatch: { b: null } } }, ['objects']],
  ['$elemMatch does not mix elements', { ...FLAT, a: { $elemMatch: { b: 1, c: 3 } } }, []],
  ['paths mix elements', { 'a.b': 1, 'a.c': 3 }, ['objects']],
  ['a path into documents', { 'a.b': 1 }, ['object', 'objects', 'swapped']],
  [
    'a path to null in one element',
    { 'a.b': null, _id: { $in: ['objects', 'empty', 'array', 'int'] } },
    ['int', 'objects'],
  ],
  ['$in', { a: { $in: [7, 'abc', null] } }, ['missing', 'null', 'seven', 'text']],
  ['$in with a pattern', { a: { $in: [/^ab/, 7] } }, ['seven', 'text']],
  ['$nin', { a: { $nin: [5, null] }, _id: { $in: ['int', 'null', 'text'] } }, ['text']],
  ['$exists', { a: { $exists: false } }, ['missing']],
  [
    '$exists true',
    { a: { $exists: true }, _id: { $in: ['missing', 'null', 'int'] } },
    ['int', 'null'],
  ],
  ['$size', { a: { $size: 3 } }, ['array', 'objects']],
  ['$size 0', { a: { $size: 0 } }, ['empty']],
  ['$all', { a: { $all: [1, 9] } }, ['array']],
  ['$all of one scalar', { a: { $all: [7] } }, ['seven']],
  ['$all of nothing', { a: { $all: [] } }, []],
  ['$and', { $and: [{ a: { $gt: 5 } }, { a: { $lt: 8 } }] }, ['array', 'seven']],
  ['$or', { $or: [{ a: 7 }, { a: 'abc' }] }, ['seven', 'text']],
  ['$nor', { $nor: [{ a: 7 }, { a: 'abc' }], _id: { $in: ['seven', 'text', 'true'] } }, ['true']],
  [
    '$not',
    { a: { $not: { $gt: 5 } }, _id: { $in: ['int', 'seven', 'text', 'missing'] } },
    ['int', 'missing', 'text'],
  ],
  ['$not of a pattern', { a: { $not: /abc/ }, _id: { $in: ['text', 'true'] } }, ['true']],
  ['a pattern', { a: /^abc$/ }, ['text']],
  ['$regex with $options', { a: { $regex: 'ABC', $options: 'i' } }, ['lines', 'text']],
  ['a dot and a line break', { a: /x.abc/ }, []],
  ['a dot with the option s', { a: { $regex: 'x.abc', $options: 's' } }, ['lines']],
  ['$type by name', { a: { $type: 'objectId' } }, ['oid']],
  ['$type of elements', { a: { $type: 'int' } }, ['array', 'int', 'seven']],
  [
    '$type number',
    { a: { $type: 'number' } },
    ['array', 'big', 'double', 'int', 'long', 'nan', 'seven'],
  ],
  ['$type array', { a: { $type: 'array' } }, ['array', 'empty', 'nested', 'objects']],
  ['$type of several', { a: { $type: ['bool', 'date'] } }, ['date', 'true']],
  ['$type binData', { a: { $type: 'binData' } }, ['binary', 'binary2']],
  ['a key that objects inherit', { constructor: 1 }, []],
];

const WRONG: [string, Document, number][] = [
  ['an unknown operator', { a: { $foo: 1 } }, 2],
  ['an unknown operator at the top', { $foo: 1 }, 2],
  ['$in without an array', { a: { $in: 1 } }, 2],
  ['$and without an array', { $and: {} }, 2],
  ['$or of nothing', { $or: [] }, 2],
  ['$or of numbers', { $or: [1] }, 2],
  ['$not of a value', { a: { $not: 5 } }, 2],
  ['$all without an array', { a: { $all: 1 } }, 2],
  ['$elemMatch of a value', { a: { $elemMatch: 1 } }, 2],
  ['$type of nothing known', { a: { $type: 'foo' } }, 2],
  ['$type of none', { a: { $type: [] } }, 9],
  ['operators mixed with fields', { a: { $gt: 1, b: 2 } }, 2],
  ['a broken pattern', { a: { $regex: '(' } }, 51091],
  ['an operator under $in', { a: { $in: [{ $gt: 1 }] } }, 2],
  ['a pattern under $ne', { a: { $ne: /a/ } }, 2],
];

describe('queries', () => {
  let server: ServerUnderTest;

  beforeAll(async () => {
    server = await serverUnderTest('queries');
    await server.db.collection<Case>('plain').insertMany(VALUES);
    const indexed = server.db.collection<Case>('indexed');
    await indexed.createIndex({ a: 1 });
    await indexed.createIndex({ 'a.b': -1 });
    await indexed.insertMany(VALUES);
  });

  afterAll(async () => server.close());

  const ids = async (name: string, filter: Document): Promise<string[]> => {
    const found = await server.db.collection<Case>(name).find(filter).toArray();
    return found.map(({ _id }) => _id).toSorted();
  };

  it.each(QUERIES)('finds by %s', async (_name, filter, expected) => {
    expect(await ids('plain', filter)).toEqual(expected);
    expect(await ids('indexed', filter)).toEqual(expected);
  });

  it.each(WRONG)('refuses %s', async (_name, filter, code) => {
    expect(await refusal(server.db.collection('plain').find(filter).toArray())).toMatchObject({
      code,
    });
    expect(await refusal(server.db.collection('nowhere').find(filter).toArray())).toMatchObject({
      code,
    });
  });

  it('reads the ends of lines as PCRE does', async () => {
    const texts = server.db.collection<{ a: string }>('texts');
    await texts.insertOne({ a: 'x\n' });
    const found = async (pattern: RegExp): Promise<number> => texts.countDocuments({ a: pattern });
    expect(await found(/x$/)).toBe(1);
    expect(await found(/^x.$/)).toBe(0);
    expect(await texts.countDocuments({ a: { $regex: '^x.$', $options: 's' } })).toBe(1);
  });

  it('sorts all types in the order of MongoDB, with and without an index', async () => {
    const names = [
      'empty',
      'missing',
      'nan',
      'array',
      'seven',
      'big',
      'text',
      'lines',
      'object',
      'nested',
      'binary',
      'binary2',
      'oid',
      'true',
      'date',
    ];
    for (const name of ['plain', 'indexed'])
      for (const [direction, expected] of [
        [1, names],
        [
          -1,
          [
            'date',
            'true',
            'oid',
            'binary2',
            'binary',
            'nested',
            'object',
            'lines',
            'text',
            'big',
            'array',
            'seven',
            'nan',
            'missing',
            'empty',
          ],
        ],
      ] as const) {
        const found = await server.db
          .collection<Case>(name)
          .find({ _id: { $in: names } })
          .sort({ a: direction })
          .toArray();
        expect(found.map(({ _id }) => _id)).toEqual(expected);
      }
  });

  it('sorts by several fields and pages through', async () => {
    const pages = server.db.collection<{ x: number; y: number }>('pages');
    await pages.createIndex({ x: 1, y: -1 });
    await pages.insertMany(Array.from({ length: 30 }, (_, i) => ({ x: i % 3, y: i })));
    for (const sort of [{ x: 1, y: -1 }, { x: -1, y: 1 }, { y: 1 }] as Record<string, 1 | -1>[]) {
      const all = await pages.find({}, { sort }).toArray();
      const page = await pages.find({}, { sort, skip: 10, limit: 5 }).toArray();
      expect(page).toEqual(all.slice(10, 15));
      expect(new Set(all.map(({ _id }) => _id.toHexString())).size).toBe(30);
    }
  });

  it('projects fields in and out', async () => {
    const projected = server.db.collection<Document>('projected');
    await projected.insertOne({ _id: 1, a: { b: 1, c: [{ d: 1, e: 2 }, 3] }, f: 4 } as Document);
    const one = async (projection: Document): Promise<unknown> =>
      projected.findOne({}, { projection });
    expect(await one({ f: 1 })).toEqual({ _id: 1, f: 4 });
    expect(await one({ f: 1, _id: 0 })).toEqual({ f: 4 });
    expect(await one({ f: 0 })).toEqual({ _id: 1, a: { b: 1, c: [{ d: 1, e: 2 }, 3] } });
    expect(await one({ _id: 0 })).toEqual({ a: { b: 1, c: [{ d: 1, e: 2 }, 3] }, f: 4 });
    expect(await one({ _id: 1 })).toEqual({ _id: 1 });
    expect(await one({ _id: 0, f: 0 })).toEqual({ a: { b: 1, c: [{ d: 1, e: 2 }, 3] } });
    expect(await one({})).toEqual({ _id: 1, a: { b: 1, c: [{ d: 1, e: 2 }, 3] }, f: 4 });
    expect(await refusal(one({ a: 1, f: 0 }))).toMatchObject({ code: 31254 });
  });

  it('takes more values under $in than an index is asked for', async () => {
    const $in = Array.from({ length: 60_000 }, (_, n) => n);
    expect(await ids('plain', { a: { $in } })).toEqual([...FIVES, 'seven'].toSorted());
    expect(await ids('indexed', { a: { $in } })).toEqual([...FIVES, 'seven'].toSorted());
  });

  it('counts and lists distinct values', async () => {
    const plain = server.db.collection<Case>('plain');
    expect(await plain.countDocuments({ a: 5 })).toBe(4);
    expect(await plain.countDocuments({ a: 'none' })).toBe(0);
    expect(await plain.estimatedDocumentCount()).toBe(VALUES.length);
    expect(
      await server.db.command({ count: 'plain', query: { a: 5 }, skip: 1, limit: 2 }),
    ).toMatchObject({ n: 2 });
    const distinct = await plain.distinct('a', { _id: { $in: ['array', 'int', 'text'] } });
    expect(distinct.map(String).toSorted()).toEqual(['1', '5', '9', 'abc']);
    const inside = await plain.distinct('a', { _id: { $in: ['nested', 'null', 'missing'] } });
    expect(inside.map((value) => JSON.stringify(value)).toSorted()).toEqual(['[5,6]', 'null']);
  });
});

import { readFileSync } from 'node:fs';
import type { Document } from 'mongodb';
import { COMMANDS } from '../src/commands/executor.js';
import {
  describeEmbedded,
  refusal,
  serverUnderTest,
  type ServerUnderTest,
} from './support/server-under-test.js';

/** The rows of the README's table: what is said to be supported. */
const rows = new Map(
  readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('`'))
    .map((line) => {
      const [, kind = '', names = ''] = line.split('|');
      return [kind.trim(), [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)] as const;
    }),
);
const listed = (kind: string): string[] => rows.get(kind) ?? [];

/** All that MongoDB 7 has; whatever the table doesn't list must be refused. */
const MONGODB = {
  'Query operators':
    '$eq $ne $gt $gte $lt $lte $in $nin $exists $elemMatch $size $all $and $or $nor $not $regex $options $type $comment $expr $jsonSchema $mod $text $where $geoIntersects $geoWithin $near $nearSphere $bitsAllClear $bitsAllSet $bitsAnyClear $bitsAnySet $rand $natural',
  'Update operators':
    '$set $unset $inc $min $max $push $pull $addToSet $setOnInsert $currentDate $mul $rename $pop $pullAll $bit',
  'In `$push`': '$each $slice $position $sort',
  'Pipeline stages':
    '$match $sort $skip $limit $project $group $count $addFields $bucket $bucketAuto $changeStream $collStats $densify $documents $facet $fill $geoNear $graphLookup $indexStats $listSessions $lookup $merge $out $planCacheStats $redact $replaceRoot $replaceWith $sample $search $set $setWindowFields $sortByCount $unionWith $unset $unwind',
  'Group operators':
    '$sum $count $avg $min $max $first $last $push $addToSet $accumulator $bottom $bottomN $firstN $lastN $maxN $median $mergeObjects $minN $percentile $stdDevPop $stdDevSamp $top $topN',
  Expressions:
    '$a.b $literal $dateToString $year $month $dayOfMonth $dayOfWeek $hour $abs $add $and $arrayElemAt $cond $concat $convert $dateAdd $divide $eq $filter $function $getField $gt $ifNull $in $let $map $minute $mod $multiply $not $objectToArray $or $reduce $second $size $split $subtract $switch $toLower $toString $toUpper $trim $type $week $zip',
  'Index options':
    'unique sparse partialFilterExpression expireAfterSeconds collation hidden wildcardProjection weights default_language 2dsphereIndexVersion',
} as const;

const OPERANDS: Record<string, unknown> = {
  $in: [1], $nin: [1], $all: [1], $elemMatch: { $gt: 1 }, $not: { $gt: 1 }, $regex: 'a', $type: 'int', $exists: true, $size: 1,
  $match: {}, $sort: { a: 1 }, $project: { a: 1 }, $group: { _id: null }, $count: 'n', $skip: 1, $limit: 1,
  $dateToString: { date: '$at' }, unique: true, sparse: true, expireAfterSeconds: 5, partialFilterExpression: { a: 1 }, hidden: true,
}; // prettier-ignore

describeEmbedded('the table in the README', () => {
  let server: ServerUnderTest;
  beforeAll(async () => {
    server = await serverUnderTest('readme');
    await server.db.collection('x').insertOne({ n: 1, at: new Date() });
  });
  afterAll(async () => server.close());

  const operand = (name: string, otherwise: unknown): unknown => OPERANDS[name] ?? otherwise;
  const USES: Record<keyof typeof MONGODB, (name: string) => Document> = {
    'Query operators': (name) => ({
      find: 'x',
      filter: ['$and', '$or', '$nor'].includes(name)
        ? { [name]: [{ a: 1 }] }
        : name === '$comment' || name === '$expr'
          ? { [name]: 'a' }
          : {
              a: {
                ...(name === '$options' ? { $regex: 'a' } : {}),
                [name]: name === '$options' ? 'i' : operand(name, 1),
              },
            },
    }),
    'Update operators': (name) => ({
      findAndModify: 'x',
      query: { n: 1 },
      update: {
        [name]: {
          [name === '$inc' ? 'n' : `f${name.slice(1)}`]: name === '$currentDate' ? true : 1,
        },
      },
    }),
    'In `$push`': (name) => ({
      findAndModify: 'x',
      query: { n: { $gt: 0 } },
      update: { $push: { list: { $each: [1], ...(name === '$each' ? {} : { [name]: 1 }) } } },
    }),
    'Pipeline stages': (name) => ({
      aggregate: 'x',
      cursor: {},
      pipeline: [{ [name]: operand(name, {}) }],
    }),
    'Group operators': (name) => ({
      aggregate: 'x',
      cursor: {},
      pipeline: [{ $group: { _id: null, v: { [name]: name === '$count' ? {} : '$n' } } }],
    }),
    Expressions: (name) => ({
      aggregate: 'x',
      cursor: {},
      pipeline: [{ $group: { _id: name.includes('.') ? name : { [name]: operand(name, '$at') } } }],
    }),
    'Index options': (name) => ({
      createIndexes: 'x',
      indexes: [{ key: { [`k${name}`]: 1 }, name, [name]: operand(name, { locale: 'en' }) }],
    }),
  };
  const KINDS = Object.keys(MONGODB) as (keyof typeof MONGODB)[];

  it('names the commands that are answered', () => {
    expect([...COMMANDS.keys()].toSorted()).toEqual(listed('Commands').toSorted());
  });

  it.each(KINDS)('is right about: %s', async (kind) => {
    const all = MONGODB[kind].split(' ');
    expect(listed(kind).length).toBeGreaterThan(0);
    expect(all).toEqual(expect.arrayContaining(listed(kind)));
    for (const name of all) {
      const asked = server.db.command(USES[kind](name));
      if (listed(kind).includes(name)) await asked;
      else
        expect({ name, code: (await refusal(asked))['code'] }).toEqual({
          name,
          code: expect.any(Number) as unknown,
        });
    }
  });
});

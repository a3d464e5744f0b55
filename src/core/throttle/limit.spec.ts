import { type Counter, type Limit, obstacleIn } from './limit.js';

const NOW = Date.parse('2026-03-01T10:00:00.000Z');
const limit: Limit = {
  name: 'tries',
  tries: 5,
  window: 1000,
  inARow: { tries: 20, pause: 60_000 },
};
const counter = (more: Partial<Counter>): Counter => ({
  key: 'key',
  tries: 5,
  underWay: 0,
  windowEnd: new Date(NOW + 500),
  row: 5,
  expire: new Date(NOW + 30_000),
  ...more,
});

/** What some other hand has written into a counter. */
const damaged = (fields: object) => fields as Partial<Counter>;

it.each<[string, Partial<Counter>, string | undefined]>([
  ['no room', {}, 'full'],
  ['room', { tries: 4 }, undefined],
  ['tries that may still turn out right', { underWay: 2 }, 'under-way'],
  ['a window of the past', { windowEnd: new Date(NOW) }, 'over'],
  ['a full row', { tries: 0, row: 20 }, 'full'],
  ['a full row and tries under way', { row: 20, underWay: 1 }, 'under-way'],
  [
    'a full row and tries of a process that is gone',
    { row: 20, underWay: 1, windowEnd: new Date(NOW) },
    'full',
  ],
  ['an end that only a clock ahead can have set', { windowEnd: new Date(NOW + 1001) }, 'ahead'],
  ['a row whose end is one of a clock ahead', { row: 20, expire: new Date(NOW + 60_001) }, 'ahead'],
  ['room, and an end of a clock ahead', { tries: 4, windowEnd: new Date(NOW + 1001) }, undefined],
  ['tries below zero', { tries: -1000 }, 'over'],
  ['a row below zero', { tries: 0, row: -1000 }, 'over'],
  ['tries that are no number', { tries: NaN }, 'over'],
  ['tries that are text', damaged({ tries: '3' }), 'over'],
  ['tries that are missing', damaged({ tries: undefined }), 'over'],
  ['a row that is nothing', damaged({ tries: 0, row: null }), 'over'],
  ['tries under way that are text', damaged({ tries: 0, underWay: '0' }), 'over'],
  ['an end that is no time', { windowEnd: new Date(NaN) }, 'over'],
])('a counter with %s', (_, more, kind) => {
  expect(obstacleIn(limit, counter(more), NOW)?.kind).toBe(kind);
});

it('a counter with the end of a clock ahead keeps its tries, and ends with a window of our own', () => {
  const ahead = { windowEnd: new Date(NOW + 9000), expire: new Date(NOW + 90_000) };
  const obstacle = obstacleIn(limit, counter(ahead), NOW);
  const ends = { windowEnd: new Date(NOW + 1000), expire: new Date(NOW + 60_000) };
  expect(obstacle).toEqual({ kind: 'ahead', reset: ends });
  expect(obstacleIn(limit, counter(ends), NOW)).toEqual({ kind: 'full', until: ends.windowEnd });
});

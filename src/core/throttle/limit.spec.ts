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
  ['an end that only a clock ahead can have set', { windowEnd: new Date(NOW + 1001) }, 'over'],
])('a counter with %s', (_, more, kind) => {
  expect(obstacleIn(limit, counter(more), NOW)?.kind).toBe(kind);
});

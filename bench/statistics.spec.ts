import { confidence, quantile, ratios, spread } from './statistics.js';

it('gives the median and the quartiles, between values where they lie there', () => {
  expect(spread([5, 1, 3, 2, 4])).toEqual({ median: 3, low: 2, high: 4 });
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
});

it('gives an interval for the median that narrows with the number of values', () => {
  const values = (count: number) => Array.from({ length: count }, (_, index) => index / count);
  const width = ({ low, high }: { low: number; high: number }) => high - low;
  expect(width(confidence(values(400)))).toBeCloseTo(0.098, 2);
  expect(width(confidence(values(100)))).toBeCloseTo(0.194, 2);
});

it('takes the whole reach as the interval of a few values', () => {
  expect(confidence([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3 });
});

it('compares the turns of one round with each other', () => {
  expect(ratios([2, 9], [1, 3])).toEqual([2, 3]);
});

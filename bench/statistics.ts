/** The middle of a set of figures and how far they spread. */
export interface Spread {
  readonly median: number;
  /** The first and the third quartile. */
  readonly low: number;
  readonly high: number;
}

export function spread(values: readonly number[]): Spread {
  return {
    median: quantile(values, 0.5),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
  };
}

/**
 * The median and where it lies with a probability of 95 %, whatever the distribution: the ranks within
 * 0.98 roots of the number of values (the binomial distribution, approximated).
 */
export function confidence(values: readonly number[]): Spread {
  const reach = Math.min(0.5, 0.98 / Math.sqrt(values.length));
  return {
    median: quantile(values, 0.5),
    low: quantile(values, 0.5 - reach),
    high: quantile(values, 0.5 + reach),
  };
}

/** @param share 0 to 1; between two values it is interpolated */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place % 1);
}

/**
 * What one has cost over what the other has cost, round by round: a round's two turns lie side by side,
 * so a busy moment of the machine meets both.
 */
export function ratios(of: readonly number[], to: readonly number[]): number[] {
  return of.map((cost, round) => cost / (to[round] ?? NaN));
}

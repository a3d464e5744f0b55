/** How much is measured. */
export interface Pace {
  /** Turns of every server at every page. */
  readonly rounds: number;
  /** Requests of a turn. */
  readonly requests: number;
  /** Turns at each page, and as many log-ins by passkey, before the first that counts. */
  readonly warmUp: number;
  /** Milliseconds of one stretch of log-ins, of registrations, of pages. */
  readonly stretch: number;
  /** Such stretches, of each kind. */
  readonly stretches: number;
  /** Starts of every server before the first that counts. */
  readonly rehearsals: number;
  readonly starts: number;
  /** Milliseconds from the first page to when a process has done what it puts off. */
  readonly settling: number;
  /** Pairs of processes in a comparison: two of one program differ by some percent as long as they live. */
  readonly sittings: number;
}

/** What figures need. */
export const FULL: Pace = {
  rounds: 30,
  requests: 100,
  // Node compiles what is hot; with 8, costs still fell to half during the rounds.
  warmUp: 15,
  stretch: 6_000,
  stretches: 5,
  rehearsals: 1,
  starts: 7,
  settling: 1_000,
  sittings: 3,
};

/** Goes through everything in seconds; the figures mean nothing. */
export const SHORT: Pace = {
  rounds: 2,
  requests: 10,
  warmUp: 0,
  stretch: 300,
  stretches: 1,
  rehearsals: 0,
  starts: 1,
  settling: 0,
  sittings: 1,
};

import { growth, soak } from './soak.js';

/**
 * Megabytes that a thousand rounds may add. A sound run of eight thousand had marks that lay 2 of heap
 * and 120 of RSS apart, without a trend in RSS: medians of thirds can still differ by the whole of it,
 * which is 20 for each of the thousands between them. One large object kept at each logout adds 25 of
 * heap. Fewer rounds prove little, and may fail without a leak.
 */
const HEAP = 1;
const RSS = 20;

/** `npm run soak [-- ROUNDS]`: ten thousand rounds, or as many as are asked for. */
const outcome = await soak(Number(process.argv[2] ?? 10_000), 10, (mark) => console.log(mark));
const heap = growth(outcome, (mark) => mark.heap);
const rss = growth(outcome, (mark) => mark.rss);
console.log({ rounds: outcome.rounds, leaks: outcome.leaks, heap, rss });
if (outcome.leaks.length > 0 || heap > HEAP || rss > RSS) process.exitCode = 1;

import { growth, soak } from './soak.js';

/**
 * Megabytes that a thousand rounds may add, in a run of ten thousand. Sound runs had marks that lay 4 of
 * heap and 105 of RSS apart, mostly by how fast they went: a request lives until the timers begun in
 * it are over. Over the seven thousand rounds that are compared this is 0.6 and 15. One large object
 * kept at each logout adds 25 of heap. Fewer rounds prove little, and may fail without a leak.
 */
const HEAP = 1;
const RSS = 20;

/** `npm run soak [-- ROUNDS]`: ten thousand rounds, or as many as are asked for. */
const outcome = await soak(Number(process.argv[2] ?? 10_000), 10, (mark) => console.log(mark));
const heap = growth(outcome, (mark) => mark.heap);
const rss = growth(outcome, (mark) => mark.rss);
console.log({ rounds: outcome.rounds, leaks: outcome.leaks, heap, rss });
if (outcome.leaks.length > 0 || heap > HEAP || rss > RSS) process.exitCode = 1;

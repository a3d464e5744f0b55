import { growth, soak } from './soak.js';

/**
 * Megabytes that a thousand rounds may add: three times what four thousand sound ones did, which
 * still were warming up (0.35 of heap, 3.1 of RSS). One request kept a round adds more than ten; a
 * mark alone may be 2 of heap and 12 of RSS beside the others, so fewer rounds than that prove little.
 */
const HEAP = 1;
const RSS = 9;

/** `npm run soak [-- ROUNDS]`: ten thousand rounds, or as many as are asked for. */
const outcome = await soak(Number(process.argv[2] ?? 10_000), 10, (mark) => console.log(mark));
const heap = growth(outcome, (mark) => mark.heap);
const rss = growth(outcome, (mark) => mark.rss);
console.log({ rounds: outcome.rounds, leaks: outcome.leaks, heap, rss });
if (outcome.leaks.length > 0 || heap > HEAP || rss > RSS) process.exitCode = 1;

import { killAgainAndAgain } from './kills.js';

/** `npm run test:kills [-- COUNT]`: two hundred kills, or as many as are asked for. */
const outcome = await killAgainAndAgain(Number(process.argv[2] ?? 200));
console.log(outcome);
if (outcome.lost.length > 0 || outcome.wrong.length > 0) process.exitCode = 1;

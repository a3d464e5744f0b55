import { Agent } from 'node:http';
import { visit, type Visit } from './client.js';
import { costOf, byLot, lanes } from './cost.js';
import type { Pace } from './pace.js';
import type { PageName, Subject } from './subjects/subject.js';

/** Enough to keep a server busy, few enough to leave the client time between answers. */
const CONNECTIONS = 5;

/** What the turns of one server at one page gave, round by round. */
export interface Turns {
  readonly subject: Subject;
  readonly page: PageName;
  /** Milliseconds of processor time a request, of all processes of the server. */
  readonly costs: number[];
  /** Milliseconds from question to answer, of every request. */
  readonly latencies: number[];
}

/**
 * Lets each server take a turn at each page in each round. The turns at one page lie side by side, so
 * that a busy moment of the machine meets all servers.
 */
export async function takeTurns(
  subjects: readonly Subject[],
  pages: readonly PageName[],
  { rounds, requests, warmUp }: Pace,
): Promise<Turns[]> {
  const taken = pages.flatMap((page) =>
    subjects
      .filter(({ visits }) => visits[page])
      .map((subject): Turns => ({ subject, page, costs: [], latencies: [] })),
  );
  for (let round = 0; round < warmUp + rounds; round++) {
    for (const page of pages) {
      const here = taken.filter((each) => each.page === page);
      for (const turns of byLot(here)) await takeTurn(turns, requests, round >= warmUp);
    }
  }
  return taken;
}

async function takeTurn(
  { subject, page, costs, latencies }: Turns,
  requests: number,
  counts: boolean,
) {
  const wanted = subject.visits[page];
  if (!wanted) return;
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const took: number[] = [];
  const cost = await costOf(subject, () =>
    lanes(requests, CONNECTIONS, async () => {
      took.push(await timed(subject, wanted, agent));
    }),
  );
  agent.destroy();
  if (!counts) return;
  costs.push(cost / requests);
  latencies.push(...took);
}

/** @returns milliseconds until the answer */
export async function timed(subject: Subject, wanted: Visit, agent: Agent): Promise<number> {
  const start = performance.now();
  await visit(subject.origin, wanted, agent);
  return performance.now() - start;
}

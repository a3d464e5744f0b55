import { Agent } from 'node:http';
import { visit, type Visit } from './client.js';
import type { PageName, Subject } from './subjects/subject.js';

const REQUESTS = 100;
/** Enough to keep a server busy, few enough to leave the client time between answers. */
const CONNECTIONS = 5;
/**
 * Turns at each page before the first round: Node compiles what is hot, and the driver opens its
 * connections. With 8, costs still fell to half during the rounds.
 */
const WARM_UP = 15;

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
 * Lets each server take a turn of 100 requests at each page in each round. The turns at one page lie
 * side by side; who begins changes from round to round.
 */
export async function takeTurns(
  subjects: readonly Subject[],
  pages: readonly PageName[],
  rounds: number,
): Promise<Turns[]> {
  const taken: Turns[] = [];
  for (let round = -WARM_UP; round < rounds; round++) {
    const first = (round + WARM_UP) % subjects.length;
    const order = [...subjects.slice(first), ...subjects.slice(0, first)];
    for (const page of pages) {
      for (const subject of order) {
        const wanted = subject.visits[page];
        if (!wanted) continue;
        const { cost, latencies } = await takeTurn(subject, wanted);
        if (round < 0) continue;
        const turns = turnsOf(taken, subject, page);
        turns.costs.push(cost);
        turns.latencies.push(...latencies);
      }
    }
  }
  return taken;
}

function turnsOf(taken: Turns[], subject: Subject, page: PageName): Turns {
  const found = taken.find((each) => each.subject === subject && each.page === page);
  if (found) return found;
  const made = { subject, page, costs: [], latencies: [] };
  taken.push(made);
  return made;
}

async function takeTurn(subject: Subject, wanted: Visit) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const latencies: number[] = [];
  let left = REQUESTS;
  const lane = async () => {
    while (left-- > 0) {
      const start = performance.now();
      await visit(subject.origin, wanted, agent);
      latencies.push(performance.now() - start);
    }
  };
  const before = await processorTime(subject);
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
  const cost = ((await processorTime(subject)) - before) / REQUESTS;
  agent.destroy();
  return { cost, latencies };
}

async function processorTime({ children }: Subject): Promise<number> {
  const readings = await Promise.all(children.map((child) => child.read()));
  return readings.reduce((sum, { cpu }) => sum + cpu, 0);
}

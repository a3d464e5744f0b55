import { parseArgs } from 'node:util';

/** What is measured unless something else is asked for. */
export const PARTS = ['pages', 'logins', 'starts'] as const;
export type Part = (typeof PARTS)[number];

export interface Options {
  readonly parts: readonly Part[];
  /** Left out: as the pace has it. */
  readonly rounds?: number;
  /** The Node binary that runs all servers. */
  readonly node: string;
  readonly profile: boolean;
  /** The folder of another checkout to compare with. */
  readonly compare?: string;
  /** How many accounts a large database holds; left out: none is measured. */
  readonly accounts?: number;
  readonly short: boolean;
  /** The file that the figures go to. */
  readonly json?: string;
}

const USAGE = `npm run bench [-- OPTIONS]
  --only PART       one of: ${PARTS.join(', ')}; may be given several times (default: all)
  --rounds N        turns of 100 requests of every server at every page (default: 30)
  --node PATH       the Node binary that runs all servers (default: this one)
  --accounts N      measures a database of N accounts, too: cost of pages and log-ins, starts
  --profile         profiles the home page of a person signed in, and nothing else
  --compare FOLDER  measures another checkout, which must have been built, beside this one, and nothing else
  --short           goes through everything in seconds; the figures mean nothing
  --json FILE       where the figures are written (default: below .data/bench)`;

/** @throws Error that says which option is wrong, and how all are used */
export function readOptions(args: readonly string[]): Options {
  try {
    return parsed(args);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`, {
      cause: error,
    });
  }
}

function parsed(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      node: { type: 'string', default: process.execPath },
      accounts: { type: 'string' },
      profile: { type: 'boolean', default: false },
      compare: { type: 'string' },
      short: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const { only, rounds, accounts, compare, json, ...rest } = values;
  return {
    ...rest,
    parts: only ? only.map(partNamed) : PARTS,
    ...(rounds !== undefined && { rounds: positive('--rounds', rounds) }),
    ...(accounts !== undefined && { accounts: positive('--accounts', accounts) }),
    ...(compare !== undefined && { compare }),
    ...(json !== undefined && { json }),
  };
}

function partNamed(name: string): Part {
  const part = PARTS.find((each) => each === name);
  if (part === undefined) throw new Error(`There is no part "${name}": ${PARTS.join(', ')}`);
  return part;
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${option} takes a whole number from 1`);
  return value;
}

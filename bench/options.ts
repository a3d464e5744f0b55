import { parseArgs } from 'node:util';

/** What can be measured by itself. */
export const PARTS = ['pages'] as const;
export type Part = (typeof PARTS)[number];

export interface Options {
  readonly parts: readonly Part[];
  readonly rounds: number;
  /** The Node binary that runs all servers. */
  readonly node: string;
  /** The folder of another checkout to compare with. */
  readonly compare?: string;
  /** Where the figures go. */
  readonly json?: string;
}

const ROUNDS = 30;

export const USAGE = `npm run bench [-- OPTIONS]
  --only PART       one of: ${PARTS.join(', ')}; may be given several times (default: all)
  --rounds N        turns of 100 requests of every server at every page (default: ${ROUNDS})
  --node PATH       the Node binary that runs all servers (default: this one)
  --compare FOLDER  measures another checkout, which must have been built, beside this one, and nothing else
  --json FILE       where the figures are written (default: below .data/bench)`;

/** @throws Error that says which option is wrong */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      rounds: { type: 'string', default: String(ROUNDS) },
      node: { type: 'string', default: process.execPath },
      compare: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const { only, rounds, node, compare, json } = values;
  return {
    parts: only ? only.map(partNamed) : PARTS,
    rounds: positive('--rounds', rounds),
    node,
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

import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';
import type { Comparison } from './parts/compare.js';
import type { PageFigures } from './parts/pages.js';
import type { Spread } from './statistics.js';

/** Where and when something was measured. */
export interface Circumstances {
  readonly date: string;
  readonly command: string;
  readonly node: string;
  readonly processors: string;
  /** Whether others were using the machine when it began. */
  readonly busy: boolean;
}

/** @param nodeVersion of the servers */
export function circumstances(args: readonly string[], nodeVersion: string): Circumstances {
  const [load = 0] = loadavg();
  const all = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    node: nodeVersion,
    processors: `${all.length} x ${all[0]?.model ?? 'unknown'}`,
    // A load of one process is this benchmark's own compiler.
    busy: load > 1,
  };
}

export function pageTable(figures: readonly PageFigures[]): string {
  const pages = [...new Set(figures.map(({ page }) => page))];
  const servers = [...new Set(figures.map(({ server }) => server))];
  const cell = (server: string, page: string, show: (found: PageFigures) => string): string => {
    const found = figures.find((each) => each.server === server && each.page === page);
    return found ? show(found) : '';
  };
  const rows = (show: (found: PageFigures) => string) =>
    servers.map((server) => [server, ...pages.map((page) => cell(server, page, show))]);
  return [
    "Floor's cost over the server's (quartiles): higher is better",
    table(
      ['', ...pages],
      rows(({ ratio }) => shown(ratio, 2)),
    ),
    'Processor time a request, ms; latency p50 / p99, ms',
    table(
      ['', ...pages],
      rows(
        ({ cost, p50, p99 }) => `${cost.median.toFixed(2)}; ${p50.toFixed(1)} / ${p99.toFixed(1)}`,
      ),
    ),
  ].join('\n\n');
}

export function comparisonTable(rows: readonly Comparison[]): string {
  return [
    "Figures with quartiles; the other checkout's over this one's with the interval that holds the median (95 %): above 1, this one is cheaper",
    table(
      ['', 'here', 'there', 'there / here'],
      rows.map(({ measure, here, there, ratio }) => [
        measure,
        shown(here, 2),
        shown(there, 2),
        shown(ratio, 3),
      ]),
    ),
  ].join('\n\n');
}

/** Writes all figures to a file, and makes its folder. */
export function writeJson(file: string, figures: object): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
}

function shown({ median, low, high }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
}

/** @returns a table in Markdown */
function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heading.map((name, column) =>
    Math.max(3, name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(heading), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join(
    '\n',
  );
}

import type { AccountFigures } from './parts/accounts.js';
import type { Comparison } from './parts/compare.js';
import type { LoginFigures } from './parts/logins.js';
import type { PageFigures } from './parts/pages.js';
import type { Share } from './parts/profile.js';
import type { StartFigures } from './parts/starts.js';
import type { Spread } from './statistics.js';

/** Shares below this are left to the profile itself. */
const LEAST_SHARE = 0.005;

export function pageTable(figures: readonly PageFigures[]): string {
  const pages = [...new Set(figures.map(({ page }) => page))];
  const servers = [...new Set(figures.map(({ server }) => server))];
  const rows = (show: (found: PageFigures) => string) =>
    servers.map((server) => [
      server,
      ...pages.map((page) => {
        const found = figures.find((each) => each.server === server && each.page === page);
        return found ? show(found) : '';
      }),
    ]);
  const costs = rows(
    ({ cost, p50, p99 }) => `${cost.median.toFixed(2)}; ${p50.toFixed(1)} / ${p99.toFixed(1)}`,
  );
  return [
    "Pages: the floor's processor time over the server's (quartiles); higher is better",
    table(
      ['', ...pages],
      rows(({ ratio }) => shown(ratio, 2)),
    ),
    'Processor time a request, ms; latency p50 / p99, ms',
    table(['', ...pages], costs),
  ].join('\n\n');
}

export function loginTable(figures: LoginFigures): string {
  const { commands } = figures;
  const rows: [string, string][] = [
    ['bcrypt on all cores, hashes a second', shown(figures.raw, 1)],
    ['log-ins a second', shown(figures.logins, 1)],
    ['log-ins over bcrypt (higher is better)', shown(figures.loginsOfRaw, 2)],
    ['processor time of a hash over a log-in (higher is better)', shown(figures.hashOfLogin, 2)],
    ['processor time of a log-in by password, ms', shown(figures.loginCost, 1)],
    ['the same by passkey', shown(figures.passkeyCost, 1)],
    ['by passkey over by password (lower is better)', shown(figures.passkeyOfPassword, 4)],
    ['registrations a second', shown(figures.registrations, 1)],
    ['registrations over bcrypt (higher is better)', shown(figures.registrationsOfRaw, 2)],
    ['home page signed in, a second', shown(figures.pages, 0)],
    ['the same in a storm of log-ins', shown(figures.stormPages, 0)],
    ['home page p99, ms', shown(figures.p99, 1)],
    ['the same in a storm of log-ins', shown(figures.stormP99, 1)],
    ['p99 in the storm over without (lower is better)', shown(figures.p99Ratio, 2)],
    [
      'database commands of a log-in: its page, its form (writes), home after it',
      `${commands.page.length}, ${commands.form.length} (${commands.writes}), ${commands.home.length}`,
    ],
  ];
  return `Log-ins\n\n${table(['', 'median (quartiles)'], rows)}`;
}

export function startTable(figures: readonly StartFigures[]): string {
  const rows = figures.map((each) => [
    each.server,
    `${shown(each.time, 0)}: ${shown(each.timeRatio, 2)}`,
    `${shown(each.cost, 0)}: ${shown(each.costRatio, 2)}`,
    `${shown(each.memory, 0)}: ${shown(each.memoryRatio, 2)}`,
  ]);
  return [
    'Start to the first answered page and idle memory, of the own process (quartiles): over bare Nest; lower is better',
    table(['', 'time, ms', 'processor time, ms', 'memory, MB'], rows),
  ].join('\n\n');
}

export function accountTable({ few, many, page, login }: AccountFigures): string {
  const row = (name: string, figures: AccountFigures['page']) => [
    name,
    shown(figures.few, 2),
    shown(figures.many, 2),
    shown(figures.ratio, 2),
  ];
  return [
    'Many accounts: processor time, ms (quartiles); hashing at its cheapest',
    table(
      ['', `${few} accounts`, `${many} accounts`, 'ratio'],
      [row('home, signed in', page), row('log-in', login)],
    ),
  ].join('\n\n');
}

export function profileTable(shares: readonly Share[]): string {
  const rows = shares
    .filter(({ share }) => share >= LEAST_SHARE)
    .map(({ name, share }) => [name, `${(100 * share).toFixed(1)} %`]);
  return `The main thread at the home page, signed in: time but for idle; what a package calls of Node is its own\n\n${table(['package', 'share'], rows)}`;
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

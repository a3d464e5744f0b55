import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { projectRoot } from '../src/core/paths.js';
import { circumstances } from './circumstances.js';
import { type Options, type Part, readOptions } from './options.js';
import { FULL, SHORT } from './pace.js';
import { measureAccounts } from './parts/accounts.js';
import { compareCheckouts } from './parts/compare.js';
import { measureLogins } from './parts/logins.js';
import { measurePages } from './parts/pages.js';
import { profileHome } from './parts/profile.js';
import type { Setting } from './setting.js';
import { measureStarts } from './parts/starts.js';
import { CHEAP_HASHES } from './subjects/product.js';
import * as tables from './tables.js';

/** Takes what one part has measured: its table to read, its figures for the file. */
type Report = (part: string, figures: object, table: string) => void;

const args = process.argv.slice(2);

try {
  await bench(readOptions(args));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  // What still runs ends with this process.
  process.exit(1);
}

async function bench(options: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const file = options.json ?? join(projectRoot, '.data/bench', `${Date.now()}.json`);
  const where = circumstances(args, options.node);
  const busy = where.busy ? '; others use this machine' : '';
  console.log(`${where.date}, Node ${where.node}, ${where.processors}${busy}`);
  const results: Record<string, object> = {};
  const report: Report = (part, figures, table) => {
    results[part] = figures;
    console.log(`\n${table}`);
  };
  await measure(options, folder, file.replace(/(\.json)?$/, '.cpuprofile'), report);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...where, results }, null, 2)}\n`);
  console.log(`\nWritten to ${file}`);
}

async function measure(
  options: Options,
  folder: string,
  profile: string,
  report: Report,
): Promise<void> {
  const pace = options.short ? SHORT : FULL;
  const setting = (part: string): Setting => {
    const own = join(folder, part);
    mkdirSync(own);
    const rounds = options.rounds ?? pace.rounds;
    return {
      node: options.node,
      root: projectRoot,
      folder: own,
      environment: options.short ? CHEAP_HASHES : {},
      pace: { ...pace, rounds },
    };
  };
  const wanted = (part: Part) => options.parts.includes(part);

  if (options.compare !== undefined) {
    const rows = await compareCheckouts(setting('compare'), resolve(options.compare));
    return report('compare', rows, tables.comparisonTable(rows));
  }
  if (options.profile) {
    const shares = await profileHome(setting('profile'), profile);
    report('profile', shares, tables.profileTable(shares));
    return console.log(`\nThe profile itself: ${profile}`);
  }
  if (wanted('pages')) {
    const figures = await measurePages(setting('pages'));
    report('pages', figures, tables.pageTable(figures));
  }
  if (wanted('logins')) {
    const figures = await measureLogins(setting('logins'));
    report('logins', figures, tables.loginTable(figures));
  }
  let populated: { accounts: number; dataDir: string } | undefined;
  if (options.accounts !== undefined) {
    const { accounts } = options;
    const { figures, dataDir } = await measureAccounts(setting('accounts'), accounts);
    report('accounts', figures, tables.accountTable(figures));
    populated = { accounts, dataDir };
  }
  if (wanted('starts')) {
    const figures = await measureStarts(setting('starts'), populated);
    report('starts', figures, tables.startTable(figures));
  }
}

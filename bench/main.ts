import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { projectRoot } from '../src/core/paths.js';
import { type Options, readOptions, USAGE } from './options.js';
import { compareCheckouts } from './parts/compare.js';
import { measurePages } from './parts/pages.js';
import type { Setting } from './parts/setting.js';
import { circumstances, comparisonTable, pageTable, writeJson } from './report.js';

const args = process.argv.slice(2);

try {
  await bench(readOptions(args));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(USAGE);
  process.exitCode = 1;
}

async function bench(options: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  const setting = (name: string): Setting => {
    const own = join(folder, name);
    mkdirSync(own);
    return { node: options.node, root: projectRoot, folder: own, rounds: options.rounds };
  };
  const version = execFileSync(options.node, ['--version'], { encoding: 'utf8' }).trim();
  const where = circumstances(args, version);
  console.log(
    `${where.date}, Node ${where.node}, ${where.processors}${where.busy ? ', a busy machine' : ''}\n`,
  );
  try {
    const results: Record<string, object> = {};
    if (options.compare !== undefined) {
      const rows = await compareCheckouts(setting('compare'), resolve(options.compare));
      results['compare'] = rows;
      console.log(comparisonTable(rows));
    } else if (options.parts.includes('pages')) {
      const figures = await measurePages(setting('pages'));
      results['pages'] = figures;
      console.log(pageTable(figures));
    }
    const file = options.json ?? join(projectRoot, '.data/bench', `${Date.now()}.json`);
    writeJson(file, { ...where, results });
    console.log(`\nWritten to ${file}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../src/core/paths.js';
import { startApp, type TestApp } from '../support/app.js';
import { freePort } from '../support/free-port.js';
import { chromiumPath } from './puppeteer.js';

const LIGHTHOUSE = join(projectRoot, 'node_modules/lighthouse/cli/index.js');
const CATEGORIES = ['accessibility', 'best-practices', 'seo', 'performance'] as const;
/** Odd, for the median. */
const ROUNDS = 5;

// 200 packages and 186 MB, the last version for Node 20: nothing that every install should bring.
const install = existsSync(LIGHTHOUSE) ? null : 'npm install --no-save lighthouse@12.8.2';
const missing = chromiumPath === undefined ? 'install chromium, or set CHROMIUM_PATH' : install;

let app: TestApp;
beforeAll(async () => {
  const port = await freePort();
  app = await startApp({ PORT: String(port), BASE_URL: `http://localhost:${port}` });
});
afterAll(() => app.close());

const look = missing === null ? it : it.skip;
const told = missing === null ? '' : `left out (${missing}): `;

look.each(['/', '/login', '/register'])(
  `${told}Lighthouse finds nothing to say against %s`,
  async (path) => {
    const rounds: number[][] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await scores(app.origin + path));
    const medians = CATEGORIES.map((name, index) => {
      const all = rounds.map((round) => round[index] ?? 0).toSorted((a, b) => a - b);
      return [name, all[Math.floor(ROUNDS / 2)] ?? 0] as const;
    });
    process.stderr.write(`${path}: ${medians.map((each) => each.join(' ')).join(', ')}\n`);
    const { performance, ...rest } = Object.fromEntries(medians);
    expect(rest).toEqual({ accessibility: 100, 'best-practices': 100, seo: 100 });
    expect(performance).toBeGreaterThanOrEqual(98);
  },
  300_000,
);

/** @returns what Lighthouse gives a page in each category, of 100 */
async function scores(address: string): Promise<number[]> {
  // Its browser's profile lies there, and is nobody's afterwards.
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-lighthouse-'));
  try {
    const flags = [
      '--quiet',
      '--output=json',
      `--only-categories=${CATEGORIES.join()}`,
      '--chrome-flags=--headless=new --no-sandbox --disable-gpu',
    ];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [LIGHTHOUSE, address, ...flags],
      {
        env: { ...process.env, CHROME_PATH: chromiumPath, TMPDIR: folder },
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    // Lighthouse's own result, of which these are read.
    const { categories } = JSON.parse(stdout) as {
      categories: Readonly<Record<string, { readonly score: number | null }>>;
    };
    return CATEGORIES.map((name) => Math.round((categories[name]?.score ?? 0) * 100));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { projectRoot } from '../src/core/paths.js';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the short form. @returns what was printed and the figures that were written */
async function bench(...args: string[]) {
  const json = join(folder, 'figures.json');
  const run = promisify(execFile)(process.execPath, [MAIN, '--short', '--json', json, ...args]);
  const { stdout } = await run;
  const { results } = JSON.parse(readFileSync(json, 'utf8')) as { results: Record<string, object> };
  return { stdout, results };
}

/** Every number within some figures. */
function numbers(figures: unknown): unknown[] {
  // JSON writes NaN and infinity as null.
  if (typeof figures === 'number' || figures === null) return [figures];
  return typeof figures === 'object' ? Object.values(figures).flatMap(numbers) : [];
}

it('measures every page of every server', async () => {
  const { stdout, results } = await bench('--only', 'pages');
  for (const server of ['product, database apart', 'product, embedded', 'bare Nest', 'limit']) {
    expect(stdout).toContain(`| ${server} `);
  }
  // Four servers with all six pages, and the limit with one.
  expect(results['pages']).toHaveLength(4 * 6 + 1);
  expect(numbers(results)).not.toContain(null);
});

it('measures log-ins, and sees what they ask of the database', async () => {
  const { stdout, results } = await bench('--only', 'logins');
  expect(stdout).toContain('| by passkey over by password (lower is better) ');
  expect(results['logins']).toMatchObject({
    passkeyOfPassword: { median: expect.any(Number) },
    commands: { form: expect.arrayContaining(['find']), home: expect.arrayContaining(['find']) },
  });
  expect(numbers(results)).not.toContain(null);
});

it('measures starts and many accounts', async () => {
  const { results } = await bench('--only', 'starts', '--accounts', '1500');
  expect(results['accounts']).toMatchObject({ few: 1000, many: 1500 });
  expect(results['starts']).toHaveLength(4);
  expect(numbers(results)).not.toContain(null);
});

it('compares two checkouts', async () => {
  const { results } = await bench('--compare', projectRoot);
  expect(results['compare']).toHaveLength(5);
  expect(numbers(results)).not.toContain(null);
});

it('profiles the home page, and finds the driver in it', async () => {
  const { stdout, results } = await bench('--profile', '--rounds', '5');
  expect(results['profile']).toContainEqual({ name: 'mongodb', share: expect.any(Number) });
  expect(stdout).toContain('figures.cpuprofile');
});

it('says what is wrong with an option, and how all are used', async () => {
  await expect(bench('--only', 'everything')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/There is no part "everything"[\s\S]*--compare FOLDER/),
  });
});

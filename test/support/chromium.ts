import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { projectRoot } from '../../src/core/paths.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Inside `node_modules`, so that no other user of the machine can plant a browser there. */
const CACHE = join(projectRoot, 'node_modules/.cache');

// The package's own list is for a single function call: one process for all, and no web security.
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];

// In a process of its own, because the package unpacks to `os.tmpdir()`.
const UNPACK = `
  const { default: chromium } = await import('@sparticuz/chromium');
  await chromium.executablePath();
`;

/**
 * Starts a Chromium: the one at CHROMIUM_PATH, or the one that an npm package brings for Linux.
 *
 * @throws with a sentence where neither is to be had
 */
export async function launchBrowser(): Promise<Browser> {
  const own = process.env['CHROMIUM_PATH'];
  if (own) return chromium.launch({ executablePath: own, args: ARGS });
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      'The tests bring a browser for Linux on x64 only: set CHROMIUM_PATH to a Chromium or Chrome.',
    );
  }
  const folder = unpacked();
  const libraries = [join(folder, 'al2023/lib'), process.env['LD_LIBRARY_PATH']];
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: ARGS,
    env: {
      ...process.env,
      LD_LIBRARY_PATH: libraries.filter(Boolean).join(':'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  });
}

/** @returns what axe finds on the page, a line for each place; empty when nothing */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // A script tag would be blocked by the page's own policy.
  if (await page.evaluate(`typeof axe === 'undefined'`)) await page.evaluate(AXE);
  const found: unknown = await page.evaluate(
    `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`,
  );
  // The expression in the line above makes a list of texts.
  return found as string[];
}

function unpacked(): string {
  const manifest = readFileSync(
    join(projectRoot, 'node_modules/@sparticuz/chromium/package.json'),
    'utf8',
  );
  const { version } = JSON.parse(manifest) as { version: string };
  const folder = join(CACHE, `chromium-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const fresh = mkdtempSync(join(CACHE, 'unpacking-'));
  execFileSync(process.execPath, ['--input-type=module', '--eval', UNPACK], {
    cwd: projectRoot,
    // The execution environment makes it unpack the libraries too that a slim machine lacks.
    env: { ...process.env, TMPDIR: fresh, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' },
  });
  writeFileSync(join(fresh, 'fonts.conf'), fontsConfiguration(folder));
  try {
    renameSync(fresh, folder);
  } catch (error) {
    // Another run was faster, and its copy is as good.
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

// A slim machine has no fonts; one that has some keeps them.
function fontsConfiguration(folder: string): string {
  const dirs = ['/usr/share/fonts', join(folder, 'fonts')].map((dir) => `<dir>${dir}</dir>`);
  return `<?xml version="1.0"?><fontconfig>${dirs.join('')}<cachedir>${join(folder, 'fonts-cache')}</cachedir></fontconfig>`;
}

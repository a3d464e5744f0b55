import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium as playwright, type Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// The package's own list is for a single function call: one process for all, and no web security.
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];

/**
 * Starts a Chromium: the one that an npm package brings for Linux, or the one at CHROMIUM_PATH.
 *
 * @throws with a sentence where neither is to be had
 */
export async function launchBrowser(): Promise<Browser> {
  const own = process.env['CHROMIUM_PATH'];
  if (own) return playwright.launch({ executablePath: own, args: ARGS });
  if (process.platform !== 'linux') {
    throw new Error('The tests bring a browser for Linux only: set CHROMIUM_PATH to a Chromium.');
  }
  // Makes the package unpack the libraries too that a slim machine lacks.
  process.env['AWS_EXECUTION_ENV'] ??= 'AWS_Lambda_nodejs20.x';
  const { default: chromium } = await import('@sparticuz/chromium');
  return playwright.launch({ executablePath: await chromium.executablePath(), args: ARGS });
}

/** @returns what axe finds on the page, a line for each place; empty when nothing */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // A script tag would be blocked by the page's own policy.
  await page.evaluate(AXE);
  const found: unknown = await page.evaluate(
    `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`,
  );
  // The expression in the line above makes a list of texts.
  return found as string[];
}

import { existsSync } from 'node:fs';
import puppeteer, { type LaunchOptions } from 'puppeteer-core';
import type { DrivenBrowser, Kind } from './driven-browser.js';

/** Where a whole Chromium is. */
export const chromiumPath = found([
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
]);

/** A whole Chromium, which keeps pages for "Back"; what the other tests drive keeps none. */
export const chromium: Kind = kind({
  name: 'Chromium',
  path: chromiumPath,
  missing: 'install chromium, or set CHROMIUM_PATH',
  options: { args: ['--no-sandbox', '--disable-gpu'] },
});

/** By WebDriver BiDi. */
export const firefox: Kind = kind({
  name: 'Firefox',
  path: found([process.env['FIREFOX_PATH'], '/usr/bin/firefox-esr', '/usr/bin/firefox']),
  missing: 'install firefox-esr, or set FIREFOX_PATH',
  options: { browser: 'firefox' },
});

interface Found {
  readonly name: string;
  readonly path: string | undefined;
  readonly missing: string;
  readonly options: LaunchOptions;
}

function found(paths: readonly (string | undefined)[]): string | undefined {
  return paths.find((path) => path !== undefined && existsSync(path));
}

function kind({ name, path: executablePath, missing, options }: Found): Kind {
  return {
    name,
    missing: executablePath === undefined ? missing : null,
    start: () => start({ ...options, ...(executablePath && { executablePath }) }),
  };
}

async function start(options: LaunchOptions): Promise<DrivenBrowser> {
  const browser = await puppeteer.launch(options);
  const page = await browser.newPage();
  return {
    name: await browser.version(),
    open: async (address) => void (await page.goto(address)),
    read: (expression) => page.evaluate(expression),
    fill: (selector, text) => page.type(selector, text),
    press: (selector) => page.click(selector),
    back: async () => void (await page.goBack()),
    close: () => browser.close(),
  };
}

import { existsSync } from 'node:fs';
import puppeteer, { type LaunchOptions } from 'puppeteer-core';
import type { DrivenBrowser, Kind } from './driven-browser.js';

/** A whole Chromium, which keeps pages for "Back"; what the other tests drive keeps none. */
export const chromium: Kind = kind({
  name: 'Chromium',
  paths: [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/google-chrome'],
  missing: 'install chromium, or set CHROMIUM_PATH',
  options: { args: ['--no-sandbox', '--disable-gpu'] },
});

/** By WebDriver BiDi. */
export const firefox: Kind = kind({
  name: 'Firefox',
  paths: [process.env['FIREFOX_PATH'], '/usr/bin/firefox-esr', '/usr/bin/firefox'],
  missing: 'install firefox-esr, or set FIREFOX_PATH',
  options: { browser: 'firefox' },
});

interface Found {
  readonly name: string;
  readonly paths: readonly (string | undefined)[];
  readonly missing: string;
  readonly options: LaunchOptions;
}

function kind({ name, paths, missing, options }: Found): Kind {
  const executablePath = paths.find((path) => path !== undefined && existsSync(path));
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

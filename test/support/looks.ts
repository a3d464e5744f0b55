import type { Page } from 'playwright-core';
import { accessibilityProblems } from './chromium.js';
import type { Site } from './site.js';

/** `npm run browsers` looks at all of it again: `forced-light`, `forced-dark`, `large-text` (of twice the size). */
const LOOK = process.env['LOOK'] ?? 'usual';
const FORCED = LOOK.startsWith('forced');

export type State = readonly [name: string, reach: (page: Page) => Promise<unknown>];

export const open =
  (path: string): State[1] =>
  (page) =>
    page.goto(path);

export const submit =
  (path: string, values: Record<string, string> = {}): State[1] =>
  async (page) => {
    await page.goto(path);
    for (const [id, value] of Object.entries(values)) await page.locator(`#${id}`).fill(value);
    await page.locator(`main form[action="${path}"] .submit`).click();
    await page.locator('.error-summary, .notices .alert').first().waitFor();
  };

/** Brings one browser into each state in turn, and expects nothing to say against what it then shows. */
export async function lookAtAll(site: Site, states: readonly State[]): Promise<void> {
  // 1280 by 1024 pixels at 400 %.
  const page = await site.open({
    viewport: { width: 320, height: 256 },
    colorScheme: LOOK === 'forced-dark' ? 'dark' : 'light',
    // No colour is on its way to another one while axe looks.
    reducedMotion: 'reduce',
    forcedColors: FORCED ? 'active' : 'none',
  });
  const titles = new Map<string, string>();
  for (const [name, reach] of states) {
    await reach(page);
    if (LOOK === 'large-text') {
      await page.evaluate(`document.documentElement.style.fontSize = '200%'`);
    }
    const found = {
      light: await problemsOf(page),
      width: await page.evaluate('document.scrollingElement.scrollWidth'),
      small: await smallTargets(page),
      complaints: site.complaints.splice(0),
    };
    const dark = FORCED ? [] : await problemsInTheDark(page);
    const nothing = { light: [], dark: [], width: 320, small: [], complaints: [] };
    expect({ name, ...found, dark }).toEqual({ name, ...nothing });

    const title = await page.title();
    const { pathname } = new URL(page.url());
    expect(title.startsWith('Error: ')).toBe(await page.locator('.error-summary').isVisible());
    // No other page has this title.
    expect([title, titles.get(title) ?? pathname]).toEqual([title, pathname]);
    titles.set(title, pathname);
  }
}

async function problemsOf(page: Page): Promise<string[]> {
  const problems = await accessibilityProblems(page);
  // Forced colours are the reader's own; axe reads the ones that the page asked for.
  return FORCED ? problems.filter((line) => !line.startsWith('color-contrast')) : problems;
}

async function problemsInTheDark(page: Page): Promise<string[]> {
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('html[data-bs-theme=dark]').waitFor();
  const problems = await problemsOf(page);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.locator('html[data-bs-theme=light]').waitFor();
  return problems;
}

/** WCAG 2.5.8 asks for 24 pixels, 2.5.5 for 44; links within a sentence have the lower one. */
async function smallTargets(page: Page): Promise<unknown> {
  return page.evaluate(`
    [...document.querySelectorAll('a, button, input:not([type=hidden])')].flatMap((target) => {
      const { width, height } = target.getBoundingClientRect();
      const seen = target.checkVisibility() && width > 1;
      const lower = target.type === 'checkbox' || target.closest('p:not(.stack), li');
      const least = lower && !target.matches('.btn') ? 24 : 44;
      return seen && Math.min(width, height) < least
        ? [target.outerHTML.slice(0, 80) + ' ' + width + ' x ' + height]
        : [];
    })`);
}

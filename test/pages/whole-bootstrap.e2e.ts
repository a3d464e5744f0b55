import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { projectRoot } from '../../src/core/paths.js';
import { register, useSite } from '../support/site.js';

const site = useSite();

const BOOTSTRAP = createRequire(import.meta.url).resolve('bootstrap/dist/css/bootstrap.min.css');
const WHOLE =
  readFileSync(BOOTSTRAP, 'utf8') + readFileSync(join(projectRoot, 'public/app.css'), 'utf8');

/** Everything drawn, with the part of Bootstrap that the build took, and then with all of it. */
async function unlike(page: Page): Promise<unknown> {
  return page.evaluate(
    `(async (whole) => {
      const read = () => [...document.querySelectorAll('html, body, body *')].map((element) => {
        const look = ['', '::before', '::after'].map((part) => {
          const style = getComputedStyle(element, part);
          return [...style].filter((name) => !name.startsWith('--')).map((name) => name + ': ' + style.getPropertyValue(name)).join(';');
        });
        return element.tagName + '.' + element.getAttribute('class') + ' ' + look.join('|');
      });
      const part = read();
      const sheet = await new CSSStyleSheet().replace(whole);
      for (const link of document.styleSheets) link.disabled = true;
      document.adoptedStyleSheets = [sheet];
      const all = read();
      document.adoptedStyleSheets = [];
      for (const link of document.styleSheets) link.disabled = false;
      return part.flatMap((look, index) => {
        const other = all[index].split(/[|;]/);
        const differing = look.split(/[|;]/).filter((line, at) => line !== other[at]);
        return differing.map((line) => look.split(' ', 1)[0] + ' ' + line);
      });
    })`.concat(`(${JSON.stringify(WHOLE)})`),
  );
}

it('every page looks as with the whole of Bootstrap, light and dark', async () => {
  const page = await site.open({ reducedMotion: 'reduce' });
  const compare = async (name: string) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect([name, colorScheme, await unlike(page)]).toEqual([name, colorScheme, []]);
    }
  };
  for (const path of ['/', '/login', '/register', '/nowhere']) {
    await page.goto(path);
    await compare(path);
  }
  await page.getByRole('link', { name: 'Log in' }).click();
  await page.getByLabel('Stay logged in').check();
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('alert').waitFor();
  await compare('a form that came back');
  await register(page, 'onlooker');
  await compare('a notice');
  for (const path of ['/', '/settings', '/settings/identities', '/settings/delete', '/logout']) {
    await page.goto(path);
    await compare(path);
  }
});

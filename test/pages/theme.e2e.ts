import type { Page } from 'playwright-core';
import { register, useSite } from '../support/site.js';

const site = useSite();

const shown = (page: Page) =>
  page.evaluate(`({
    background: getComputedStyle(document.body).backgroundColor === 'rgb(16, 19, 25)' ? 'dark' : 'light',
    bar: [...document.querySelectorAll('meta[name=theme-color]')].find(
      ({ media }) => matchMedia(media).matches,
    ).dataset.theme,
  })`);
const all = (theme: 'light' | 'dark') => ({ background: theme, bar: theme });
const press = (page: Page) =>
  page.getByRole('button', { name: 'Switch between light and dark' }).click();

it('the switch is kept, in other windows too, and a second press follows the system again', async () => {
  const page = await site.open({ colorScheme: 'light' });
  await page.goto('/login');
  const other = await page.context().newPage();
  await other.goto('/register');
  expect(await shown(page)).toEqual(all('light'));
  await press(page);
  expect(await shown(page)).toEqual(all('dark'));
  await other.locator('html[data-bs-theme=dark]').waitFor();
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/register');
  expect(await shown(page)).toEqual(all('dark'));

  await press(page);
  expect(await shown(page)).toEqual(all('light'));
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('html[data-bs-theme=dark]').waitFor();
  expect(await shown(page)).toEqual(all('dark'));
  await page.goto('/login');
  expect(await shown(page)).toEqual(all('dark'));
});

it('the bar of the browser has the page’s colour without scripts too', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await site.open({ colorScheme, javaScriptEnabled: false });
    await page.goto('/login');
    expect(await shown(page)).toEqual(all(colorScheme));
  }
});

it('in forced colours every mark and sign is seen, whatever theme was chosen before', async () => {
  const page = await site.open();
  await register(page, 'high-contrast');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByText('You have logged out.').waitFor();
  await page.getByLabel('Stay logged in').check();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ forcedColors: 'active', colorScheme, reducedMotion: 'reduce' });
    for (const theme of ['light', 'dark']) {
      await page.evaluate(
        `localStorage.setItem('theme', '${theme}'); dispatchEvent(new Event('storage'))`,
      );
      for (const sign of ['.provider-mark >> nth=0', '.btn-close', '#remember']) {
        const found = { colorScheme, theme, sign, seen: (await contrast(page, sign)) >= 3 };
        expect(found).toEqual({ colorScheme, theme, sign, seen: true });
      }
    }
  }
});

/** @returns the ratio of WCAG 1.4.3 between the lightest and the darkest point of what is seen there */
async function contrast(page: Page, selector: string): Promise<number> {
  // Without what stands round it.
  const { x, y, width, height } = (await page.locator(selector).boundingBox()) ?? {
    x: 0,
    y: 0,
    width: 0,
    height: 0,
  };
  const clip = { x: x + 4, y: y + 4, width: width - 8, height: height - 8 };
  const picture = (await page.screenshot({ clip })).toString('base64');
  // A page of ours has a policy against pictures from elsewhere.
  const blank = await page.context().newPage();
  const ratio = await blank.evaluate(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${picture}';
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
    canvas.drawImage(image, 0, 0);
    const { data } = canvas.getImageData(0, 0, image.width, image.height);
    const linear = (value) => value <= 10 ? value / 3294 : ((value / 255 + 0.055) / 1.055) ** 2.4;
    const lights = [];
    for (let at = 0; at < data.length; at += 4) {
      const [red, green, blue] = [...data.slice(at, at + 3)].map(linear);
      lights.push(0.2126 * red + 0.7152 * green + 0.0722 * blue);
    }
    return (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
  })()`);
  await blank.close();
  return Number(ratio);
}

import type { Page } from 'playwright-core';
import { register, SETTINGS_PAGES, useSite } from '../support/site.js';

const site = useSite();

const across = (page: Page) => page.evaluate('document.scrollingElement.scrollWidth');

it.each([320, 390, 640, 1280])(
  'the bar reaches from one edge to the other, %i pixels wide',
  async (width) => {
    const page = await site.open({ viewport: { width, height: 640 } });
    const gap = async () => {
      const right = await page
        .locator('.theme-switch')
        .evaluate((button) => button.getBoundingClientRect().right);
      return Math.round(width - right);
    };
    await page.goto('/');
    const signedOut = await gap();
    expect(signedOut).toBeLessThan(16);
    await register(page, `wide-${width}`);
    expect(await gap()).toBe(signedOut);
  },
);

const PUBLIC_PATHS = ['/', '/login', '/register', '/nowhere'];
const PATHS = [
  '/',
  '/settings',
  '/settings/profile',
  '/settings/email',
  '/settings/password',
  '/settings/identities',
  '/settings/sessions',
  '/settings/activity',
  '/settings/delete',
  '/settings/confirm',
  '/logout',
  '/nowhere',
];

it('on a small phone with text twice as large nothing scrolls sideways or is cut, and the heading is in the first screen', async () => {
  const page = await site.open({ viewport: { width: 320, height: 568 } });
  const look = async (path: string) => {
    await page.goto(path);
    await page.evaluate(`document.documentElement.style.fontSize = '200%'`);
    const heading = await page.locator('h1').boundingBox();
    const end = (heading?.y ?? NaN) + (heading?.height ?? NaN);
    // An input is cut where its own line would not hold a dozen letters, a button where its words stand out.
    const cut = await page.evaluate(`[
      ...[...document.querySelectorAll('.form-control')].filter((input) => input.clientWidth < 200),
      ...[...document.querySelectorAll('.btn, .show-password')].filter(
        (button) => button.checkVisibility() && button.scrollWidth > button.clientWidth,
      ),
    ].map((each) => each.outerHTML.slice(0, 80))`);
    expect([path, await across(page), end < 568, cut]).toEqual([path, 320, true, []]);
    // Two rows; a third one would hold the theme switch alone.
    const bar = await page.locator('.site-header').boundingBox();
    expect([path, (bar?.height ?? NaN) < 220]).toEqual([path, true]);
  };
  for (const path of PUBLIC_PATHS) await look(path);
  await register(page, 'large-print');
  for (const path of PATHS) await look(path);
});

it('the longest brand and name do not push anything out of the page', async () => {
  const page = await site.open({ viewport: { width: 320, height: 640 } });
  await register(page, 'W'.repeat(40), 'W'.repeat(80));
  for (const width of [320, 768, 1280]) {
    await page.setViewportSize({ width, height: 640 });
    await page.goto('/');
    await page.evaluate(`document.querySelector('.brand').append('${'W'.repeat(31)}')`);
    expect([width, await across(page)]).toEqual([width, width]);
  }
});

it('offers no switch between light and dark where the reader forces the colours', async () => {
  const page = await site.open({ forcedColors: 'active' });
  await page.goto('/login');
  expect(await page.locator('.theme-switch').isVisible()).toBe(false);
});

it('S112 every mark on a page is a picture that loads', async () => {
  const page = await site.open();
  const loaded = async (path: string) => {
    await page.goto(path, { waitUntil: 'networkidle' });
    return page.evaluate(`[
      ...[...document.images].map((image) => image.naturalWidth > 0),
      ...[...document.querySelectorAll('.provider-mark use')].map((mark) => mark.getBBox().width > 0),
    ]`);
  };
  // The brand's own, and one for each provider.
  const all = [true, true, true, true, true];
  expect(await loaded('/login')).toEqual(all);
  expect(await loaded('/register')).toEqual(all);
  await register(page, 'onlooker');
  expect(await loaded('/settings/identities')).toEqual(all);
});

it('without cookies the login says so first: it has the focus, and its words keep their distance from the edge', async () => {
  const page = await site.open({ viewport: { width: 320, height: 568 } });
  await page.goto('/login?next=%2Fsettings&cookies=asked');
  await page.getByRole('alert').getByText('Allow cookies for this site').waitFor();
  expect(await page.evaluate('document.activeElement.role')).toBe('alert');
  const distance = await page.evaluate(`(() => {
    const alert = document.activeElement;
    const words = document.createRange();
    words.selectNodeContents(alert.querySelector('p'));
    const ends = [...words.getClientRects()].map(({ right }) => right);
    return alert.getBoundingClientRect().right - Math.max(...ends);
  })()`);
  expect(distance).toBeGreaterThanOrEqual(12);
});

it('a page of the settings has one way back on a phone, and the rows beside it on a wide screen', async () => {
  const page = await site.open({ viewport: { width: 390, height: 700 } });
  await register(page, 'way-back');
  await page.goto('/settings/profile');
  const ways = page.getByRole('navigation', { name: 'Settings' });
  expect(await ways.getByRole('link').count()).toBe(1);
  expect(await ways.getByRole('link', { name: 'Settings' }).textContent()).toBe('‹ Settings');
  expect(await page.locator('header .disc').innerText()).toBe('AL');
  await page.setViewportSize({ width: 1280, height: 700 });
  expect(await ways.getByRole('link').allInnerTexts()).toEqual(SETTINGS_PAGES);
  expect(await ways.locator('[aria-current]').innerText()).toBe('Profile');
  await page.goto('/settings/security/passkeys/add');
  expect(await ways.locator('[aria-current]').allInnerTexts()).toEqual(['Passkeys']);
});

import type { Page } from 'playwright-core';
import { useSite } from '../support/site.js';
import { PASSWORD } from '../support/visitor.js';

const site = useSite();

const HEADER = ['Skip to the content', 'Latchkey'];
const STRANGER = [...HEADER, 'Log in', 'Register', 'Switch between light and dark'];
const PERSON = [...HEADER, 'Settings', 'Log out', 'Switch between light and dark'];
const SETTINGS = ['Profile', 'E-mail address', 'Password', 'Connected accounts', 'Delete account'];

/** What has the focus: its name, whether that can be seen, and its type. */
interface Stop {
  readonly name: string;
  readonly visible: boolean;
}

async function stop(page: Page): Promise<Stop> {
  const found: unknown = await page.evaluate(`(() => {
    const target = document.activeElement;
    const name = target.labels?.[0]?.textContent ?? target.ariaLabel ?? target.textContent;
    const { outlineStyle, outlineWidth } = getComputedStyle(target);
    const { height, top, left, right, bottom } = target.getBoundingClientRect();
    const outlined = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
    // Scrolling stops at whole pixels.
    const inside = top > -1 && left >= 0 && bottom < innerHeight + 1 && right <= innerWidth;
    return {
      name: name.replace(/\\s+/g, ' ').replace('(optional)', '').trim(),
      visible: outlined && inside && height >= 24,
    };
  })()`);
  // The expression above makes an object of this shape.
  return found as Stop;
}

/** Presses Tab from stop to stop; each is where it was said to be, and shows that it has the focus. */
async function tabThrough(page: Page, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await page.keyboard.press('Tab');
    expect(await stop(page)).toEqual({ name, visible: true });
  }
}

/** Fills in fields on the way; a word in brackets is a stop to pass. */
async function fillIn(page: Page, fields: readonly (readonly [string, string?])[]): Promise<void> {
  for (const [name, typed] of fields) {
    await tabThrough(page, [name]);
    if (typed !== undefined) {
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.type(typed);
    }
  }
}

/** However many there are. */
async function providers(page: Page): Promise<string[]> {
  const names = await page.getByRole('button', { name: 'Continue with' }).allInnerTexts();
  return names.map((name) => name.trim());
}

async function skipToContent(page: Page): Promise<void> {
  await tabThrough(page, ['Skip to the content']);
  await page.keyboard.press('Enter');
}

it('every stop of a page has a visible focus and stands in the order of reading', async () => {
  const page = await site.open();
  const password = (label: string) => [label, `Show ${label}`];
  await page.goto('/register');
  await tabThrough(page, [
    ...STRANGER,
    ...(await providers(page)),
    'E-mail address',
    'User name',
    'Name',
    ...password('Password'),
    ...password('Password again'),
    'Keep me logged in on this device',
    'Create account',
    'Log in',
  ]);
  await page.goto('/login');
  await tabThrough(page, [
    ...STRANGER,
    ...(await providers(page)),
    'User name or e-mail address',
    ...password('Password'),
    'Keep me logged in on this device',
    'Log in',
    'Register',
  ]);
});

it('a person registers, changes a setting, logs out and in by the keyboard alone', async () => {
  const page = await site.open();
  await page.goto('/');
  await tabThrough(page, STRANGER);
  await tabThrough(page, ['Create account']);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Create your account' }).waitFor();
  await skipToContent(page);
  await tabThrough(page, await providers(page));
  await fillIn(page, [
    ['E-mail address', 'typist@example.com'],
    ['User name', 'typist'],
    ['Name', 'Ada Lovelace'],
    ['Password', PASSWORD],
    ['Show Password'],
    ['Password again', PASSWORD],
  ]);
  await page.keyboard.press('Enter');
  await page.getByText('Welcome, typist.').waitFor();

  await tabThrough(page, [...HEADER, 'Settings']);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Profile' }).waitFor();
  await tabThrough(page, [...PERSON, ...SETTINGS]);
  await fillIn(page, [['User name'], ['Name', 'Ada King']]);
  await tabThrough(page, ['Save changes']);
  await page.keyboard.press('Space');
  await page.getByText('Your profile is saved.').waitFor();
  await skipToContent(page);
  await tabThrough(page, ['Dismiss']);
  await page.keyboard.press('Enter');
  expect(await page.getByText('Your profile is saved.').count()).toBe(0);

  await page.goto('/');
  await tabThrough(page, [...HEADER, 'Settings', 'Log out']);
  await page.keyboard.press('Enter');
  await page.getByText('You have logged out.').waitFor();
  await skipToContent(page);
  await tabThrough(page, ['Dismiss', ...(await providers(page))]);
  await fillIn(page, [
    ['User name or e-mail address', 'typist'],
    ['Password', PASSWORD],
    ['Show Password'],
    ['Keep me logged in on this device'],
  ]);
  await page.keyboard.press('Space');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Hello, Ada King' }).waitFor();
  // Remembered: a cookie that outlives the browser.
  const cookies = await page.context().cookies();
  expect(cookies.find(({ name }) => name.endsWith('session'))?.expires).toBeGreaterThan(0);
});

it('after a mistake the keyboard is at the summary, and its link leads to the field', async () => {
  const page = await site.open();
  await page.goto('/login');
  await page.getByLabel('User name or e-mail address').press('Enter');
  await page.getByRole('alert').waitFor();
  await tabThrough(page, ['User name or e-mail address: This is needed.']);
  await tabThrough(page, ['Password: This is needed.']);
  await page.keyboard.press('Enter');
  expect(await stop(page)).toEqual({ name: 'Password', visible: true });
});

import type { Page } from 'playwright-core';
import { register, SETTINGS_PAGES, useSite } from '../support/site.js';
import { PASSWORD } from '../support/visitor.js';

const site = useSite();

const THEME = 'Switch between light and dark';
const OUTBOX = 'Read it among the sent mails of this development machine';
const HEADER = ['Skip to content', 'Latchkey'];
const ROWS = [...SETTINGS_PAGES, 'Log out'];

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
  const buttons = await page.getByRole('button', { name: 'Continue with' }).all();
  return Promise.all(buttons.map(async (each) => (await each.getAttribute('aria-label')) ?? ''));
}

async function skipToContent(page: Page): Promise<void> {
  await tabThrough(page, ['Skip to content']);
  await page.keyboard.press('Enter');
}

it('every stop of a page has a visible focus and stands in the order of reading', async () => {
  // A finger: the first field does not take the focus by itself.
  const page = await site.open({ hasTouch: true, isMobile: true });
  const password = (label: string) => [label, `Show ${label}`];
  await page.goto('/register');
  await tabThrough(page, [
    ...HEADER,
    'Log in',
    THEME,
    ...(await providers(page)),
    'Email address',
    'Username',
    'Name',
    ...password('Password'),
    ...password('Password again'),
    'Stay logged in on this device',
    'Create account',
    'Create an account with a passkey',
    'Log in',
  ]);
  await page.goto('/login');
  await tabThrough(page, [
    ...HEADER,
    'Create account',
    THEME,
    ...(await providers(page)),
    'Email or username',
    ...password('Password'),
    'Stay logged in on this device',
    'Log in',
    'Use a passkey',
    'Forgot your password?',
    'Create account',
  ]);
});

it('a person registers, changes a setting, logs out and in by the keyboard alone', async () => {
  const page = await site.open();
  await page.goto('/');
  await tabThrough(page, [...HEADER, 'Log in', THEME, 'Log in', 'Create account']);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Create account' }).waitFor();
  await skipToContent(page);
  await tabThrough(page, await providers(page));
  await fillIn(page, [
    ['Email address', 'typist@example.com'],
    ['Username', 'typist'],
    ['Name', 'Ada Lovelace'],
    ['Password', PASSWORD],
    ['Show Password'],
    ['Password again', PASSWORD],
  ]);
  await page.keyboard.press('Enter');
  await page.getByText('Welcome, typist.').waitFor();

  // The notice has the focus.
  await tabThrough(page, ['Dismiss', OUTBOX, 'Dismiss', 'Settings']);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
  await tabThrough(page, [...HEADER, 'Settings: Ada LovelaceAL', THEME]);
  for (const name of ROWS) {
    await page.keyboard.press('Tab');
    const { name: found, visible } = await stop(page);
    expect([found.startsWith(name), visible]).toEqual([true, true]);
  }
  await page.goto('/settings/profile');
  await tabThrough(page, [...HEADER, 'Settings: Ada LovelaceAL', THEME, ...ROWS]);
  await fillIn(page, [['Username'], ['Name', 'Ada King']]);
  await tabThrough(page, ['Save changes']);
  await page.keyboard.press('Space');
  await page.getByText('We saved your profile.').waitFor();
  await tabThrough(page, ['Dismiss']);
  await page.keyboard.press('Enter');
  expect(await page.getByText('We saved your profile.').count()).toBe(0);
  expect((await stop(page)).name).toBe('Profile');

  await page.goto('/settings');
  await page.getByRole('button', { name: 'Log out' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('You have logged out.').waitFor();
  await tabThrough(page, ['Dismiss', ...(await providers(page))]);
  await fillIn(page, [
    ['Email or username', 'typist'],
    ['Password', PASSWORD],
    ['Show Password'],
    ['Stay logged in on this device'],
  ]);
  await page.keyboard.press('Space');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Hello, Ada King' }).waitFor();
  // Remembered: a cookie that outlives the browser.
  const cookies = await page.context().cookies();
  expect(cookies.find(({ name }) => name.endsWith('session'))?.expires).toBeGreaterThan(0);
});

it('SE-12 a person ends one session, and then all others, by the keyboard alone', async () => {
  const page = await site.open();
  await register(page, 'key-holder');
  const others = [site.app.visitor(), site.app.visitor(), site.app.visitor()];
  for (const each of others) await each.login('key-holder');
  const unknown = 'Log out the unknown browser';
  await page.goto('/settings/sessions');
  await skipToContent(page);
  await tabThrough(page, [...ROWS, 'Log out', unknown]);
  await page.keyboard.press('Enter');
  await page.getByText('You logged out the unknown browser.').waitFor();
  await tabThrough(page, ['Dismiss', ...ROWS, 'Log out', unknown, unknown]);
  await tabThrough(page, ['Log out all other browsers']);
  await page.keyboard.press('Space');
  await page.getByText('You’re logged in nowhere else.').waitFor();
  for (const each of others) expect(await each.whoami()).toBeNull();
});

it('where a pointer is fine the first field of the login has the focus', async () => {
  const page = await site.open();
  await page.goto('/login');
  expect((await stop(page)).name).toBe('Email or username');
});

it('after a mistake the keyboard is at the summary, and its link leads to the field', async () => {
  const page = await site.open();
  await page.goto('/login');
  await page.getByLabel('Email or username').press('Enter');
  await page.getByRole('alert').waitFor();
  await tabThrough(page, ['Enter your email address or username.']);
  await tabThrough(page, ['Enter a password.']);
  await page.keyboard.press('Enter');
  expect(await stop(page)).toEqual({ name: 'Password', visible: true });
});

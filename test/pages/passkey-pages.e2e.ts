import type { Page } from 'playwright-core';
import { lookAtAll, open, type State } from '../support/looks.js';
import { register, type Site, startSite } from '../support/site.js';
import { VirtualAuthenticator } from '../support/virtual-authenticator.js';

const PASSKEYS = '/settings/security/passkeys';

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterEach(() => site.leave());
afterAll(() => site.close());

let device: VirtualAuthenticator;

const STATES: State[] = [
  ['names for a passkey', open('/register/passkey')],
  ['names for a passkey, nothing typed', (page) => press(page, 'Next')],
  ['a passkey is to be created', names],
  ['a passkey that was not created', cancelled],
  ['the only way in', created],
  ['settings', open('/settings')],
  ['a passkey', rename],
  ['a passkey is to be added', open(`${PASSKEYS}/add`)],
  ['a passkey that the device has', known],
  ['it is to be confirmed', stale],
  ['log in', loggedOut],
  ['a login that was cancelled', cancelledLogin],
];

it('every page of passkeys is accessible, light and dark, and fits at 400 % zoom', async () => {
  await lookAtAll(site, STATES);
}, 240_000);

it('a person is offered one, and finds none without scripts but a sentence', async () => {
  const page = await site.open({ javaScriptEnabled: false });
  await register(page, 'no-ceremony');
  expect(await page.getByText('Log in faster next time?').isVisible()).toBe(false);
  await page.goto(`${PASSKEYS}/add`);
  expect(await page.locator('main').innerText()).toContain('one thing here that needs scripts');
  expect(await page.getByRole('button', { name: 'Create passkey' }).isVisible()).toBe(false);
});

it('the login page announces no other way where the browser can’t use passkeys', async () => {
  const page = await site.open();
  await page.addInitScript('delete globalThis.PublicKeyCredential');
  const dividers = page.locator('.divider:visible');
  await page.goto('/login');
  expect([await dividers.count(), await page.getByText('Use a passkey').isVisible()]).toEqual([
    1,
    false,
  ]);
  const without = await site.open({ javaScriptEnabled: false });
  await without.goto('/login');
  expect(await without.locator('.divider:visible').count()).toBe(2);
});

it('the keyboard alone adds a passkey and logs in by it', async () => {
  const page = await site.open();
  device = await plug(page);
  await register(page, 'keys-only');
  await page.goto(`${PASSKEYS}/add`);
  await pressByKeys(page, 'Create passkey');
  await page.getByText('You added a passkey.').waitFor();
  await page.goto('/');
  await pressByKeys(page, 'Log out');
  await page.getByText('You have logged out.').waitFor();
  await pressByKeys(page, 'Use a passkey');
  await page.getByText('Welcome, keys-only.').waitFor();
});

it('the keyboard stays where it was after a ceremony that was cancelled', async () => {
  const page = await site.open();
  device = await plug(page);
  await device.know(false);
  await page.goto('/login');
  await pressByKeys(page, 'Use a passkey');
  await page.getByText('No passkey was used.').waitFor();
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Use a passkey');
});

async function plug(page: Page): Promise<VirtualAuthenticator> {
  // Where a field offers passkeys, nobody gets to press the button.
  await page.addInitScript(
    'PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false)',
  );
  return VirtualAuthenticator.plug(page);
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).click();
}

async function pressByKeys(page: Page, name: string): Promise<void> {
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate('document.activeElement?.textContent?.trim()');
    if (focused === name) return page.keyboard.press('Enter');
  }
  throw new Error(`The keyboard does not reach "${name}"`);
}

async function names(page: Page): Promise<void> {
  device = await plug(page);
  await page.goto('/register/passkey');
  await page.getByLabel('Email address').fill('pages@example.com');
  await page.getByLabel('Username').fill('passkey-pages');
  await press(page, 'Next');
  await page.getByRole('button', { name: 'Create passkey' }).waitFor();
}

async function cancelled(page: Page): Promise<void> {
  await device.know(false);
  await press(page, 'Create passkey');
  await page.getByText('No passkey was created.').waitFor();
}

async function created(page: Page): Promise<void> {
  await device.know(true);
  await press(page, 'Create passkey');
  await page.getByText('Thanks for registering.').waitFor();
  await page.goto(PASSKEYS);
  await page.getByText('Nothing else opens your account').waitFor();
}

async function rename(page: Page): Promise<void> {
  await page.goto(PASSKEYS);
  await page.getByRole('link', { name: 'Rename Passkey' }).click();
  await page.getByLabel('Name').waitFor();
}

async function known(page: Page): Promise<void> {
  await press(page, 'Create passkey');
  await page.getByText('has a passkey for your account already').waitFor();
}

async function stale(page: Page): Promise<void> {
  site.app.advance(16 * 60_000);
  await page.goto(`${PASSKEYS}/add`);
  await page.getByRole('button', { name: 'Confirm with a passkey' }).waitFor();
}

async function loggedOut(page: Page): Promise<void> {
  await page.goto('/');
  await press(page, 'Log out');
  await page.getByRole('button', { name: 'Use a passkey' }).waitFor();
}

async function cancelledLogin(page: Page): Promise<void> {
  await device.know(false);
  await press(page, 'Use a passkey');
  await page.getByText('No passkey was used.').waitFor();
}

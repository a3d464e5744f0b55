import type { Page } from 'playwright-core';
import { register, useSite } from '../support/site.js';
import { VirtualAuthenticator } from '../support/virtual-authenticator.js';

const site = useSite();

const PASSKEYS = '/settings/security/passkeys';

async function addPasskey(page: Page): Promise<void> {
  await page.goto(`${PASSKEYS}/add`);
  await page.getByRole('button', { name: 'Create passkey' }).click();
  await page.getByText('You added a passkey.').waitFor();
}

async function logOut(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByText('You have logged out.').waitFor();
}

describe('a passkey', () => {
  it('is added in the settings, named, used to log in without typing, and removed', async () => {
    const page = await site.open();
    const device = await VirtualAuthenticator.plug(page);
    await register(page, 'passkey-story');
    await addPasskey(page);
    expect(await page.getByRole('heading', { level: 2 }).allInnerTexts()).toEqual(['Passkey']);
    await page.getByRole('link', { name: 'Rename Passkey' }).click();
    await page.getByLabel('Name').fill('Phone');
    await page.getByRole('button', { name: 'Save name' }).click();
    await page.getByText('You renamed the passkey.').waitFor();
    // The browser's autofill would be faster than the button.
    await device.touch(false);
    await logOut(page);
    await page.goto('/login?next=%2Fsettings');
    await device.touch(true);
    await page.getByRole('button', { name: 'Log in with a passkey' }).click();
    await page.getByText('Welcome, passkey-story.').waitFor();
    expect(new URL(page.url()).pathname).toBe('/settings');
    await page.goto(PASSKEYS);
    await page.getByText('Last used').waitFor();
    await page.getByRole('button', { name: 'Remove Phone' }).click();
    await page.getByText('You removed the passkey.').waitFor();
  });
});

import type { Page } from 'playwright-core';
import { REAUTHENTICATION_WINDOW } from '../../src/auth/reauthentication/reauthentication.js';
import { register, useSite } from '../support/site.js';
import { PASSWORD } from '../support/visitor.js';

const site = useSite();

const press = (page: Page, name: string) =>
  page.getByRole('main').getByRole('button', { name }).click();

it('a person registers, logs out and logs in', async () => {
  const page = await site.open({ javaScriptEnabled: false });
  await register(page, 'plain');
  await press(page, 'Log out');
  await page.getByText('You have logged out.').waitFor();
  await page.getByLabel('Email or username').fill('plain');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await press(page, 'Log in');
  await page.getByText('Welcome, plain.').waitFor();
  await page.goto('/logout');
  await press(page, 'Log out');
  await page.getByText('You have logged out.').waitFor();
});

it('a person changes every setting and deletes the account', async () => {
  const next = 'four louder harbours';
  const page = await site.open({ javaScriptEnabled: false });
  await register(page, 'settler');
  await page.getByRole('main').getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'Profile' }).click();
  await page.getByLabel('Username').fill('no spaces here');
  await press(page, 'Save changes');
  await page.getByRole('alert').getByRole('link', { name: 'Username' }).click();
  await page.getByLabel('Username').fill('resettled');
  await page.getByLabel('Name (optional)').fill('');
  await press(page, 'Save changes');
  await page.getByText('We saved your profile.').waitFor();

  const settings = page.getByRole('navigation', { name: 'Settings' });
  await settings.getByRole('link', { name: 'Email' }).click();
  await page.getByLabel('Email address').fill('resettled@example.com');
  await press(page, 'Change email address');
  await page.getByText('You changed your email address.').waitFor();

  await settings.getByRole('link', { name: 'Password' }).click();
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByLabel('New password', { exact: true }).fill(next);
  await page.getByLabel('New password again').fill(next);
  await press(page, 'Change password');
  await page.getByText('You changed your password.').waitFor();
  await page.goto('/settings');
  const rows = (await page.getByRole('listitem').allInnerTexts()).join(' ').replace(/\s+/g, ' ');
  expect(rows).toContain('Profile resettled Email resettled@example.com Not confirmed Password');

  await page.goto('/settings/delete');
  await page.getByLabel('Type your username to confirm').fill('somebody else');
  await page.getByLabel('Current password').fill(next);
  await press(page, 'Delete my account');
  await page.getByText('Type resettled to confirm.').first().waitFor();
  await page.getByLabel('Type your username to confirm').fill('Resettled');
  await page.getByLabel('Current password').fill(next);
  await press(page, 'Delete my account');
  await page.getByText('We deleted your account.').waitFor();
});

it('SE-12 a person asked who they are ends a session by one press more', async () => {
  const page = await site.open({ javaScriptEnabled: false });
  await register(page, 'scriptless');
  const phone = site.app.visitor();
  await phone.login('scriptless');
  site.app.advance(REAUTHENTICATION_WINDOW + 1);
  await page.goto('/settings/sessions');
  await press(page, 'Log out the unknown browser');
  await page.getByLabel('Current password').fill(PASSWORD);
  await press(page, 'Confirm');
  expect(await phone.whoami()).toBe('scriptless');
  await press(page, 'Log out the unknown browser');
  await page.getByText('You logged out the unknown browser.').waitFor();
  expect(await phone.whoami()).toBeNull();
});

it('shows no button that only a script could answer, and follows the system’s light and dark', async () => {
  const background = async (colorScheme: 'light' | 'dark') => {
    const page = await site.open({ javaScriptEnabled: false, colorScheme });
    await page.goto('/register');
    expect(await page.getByRole('button', { name: /Show|Dismiss|Switch/ }).count()).toBe(0);
    return page.evaluate('getComputedStyle(document.body).backgroundColor');
  };
  expect(await background('light')).not.toBe(await background('dark'));
});

import type { Page } from 'playwright-core';
import { accessibilityProblems } from '../support/chromium.js';
import { register, useSite } from '../support/site.js';

const site = useSite();

const PHONE = { viewport: { width: 320, height: 568 } };

const button = (page: Page, provider: string) =>
  page.getByRole('button', { name: `Continue with ${provider}` });

it('on a small phone everything down to the button is in the first screen', async () => {
  const page = await site.open(PHONE);
  await page.goto('/login');
  const box = await page.getByRole('main').getByRole('button', { name: 'Log in' }).boundingBox();
  expect((box?.y ?? NaN) + (box?.height ?? NaN)).toBeLessThan(568);
});

it('the providers stand in two columns, with their names inside', async () => {
  const page = await site.open(PHONE);
  await page.goto('/login');
  const left = async (provider: string) => (await button(page, provider).boundingBox())?.x;
  expect(await left('Facebook')).toBe(await left('Google'));
  expect(await left('GitLab')).toBe(await left('GitHub'));
  expect(await left('GitHub')).not.toBe(await left('Google'));
  for (const provider of ['Google', 'GitHub', 'Facebook', 'GitLab']) {
    expect((await button(page, provider).innerText()).trim()).toBe(provider);
    const cut = await button(page, provider).evaluate(
      (each) => each.scrollWidth > each.clientWidth,
    );
    expect([provider, cut]).toEqual([provider, false]);
  }
});

it('marks the provider that was used last, once somebody has logged in by it', async () => {
  const page = await site.open(PHONE);
  const marked = () => page.getByText('Last used').count();
  await page.goto('/login');
  expect(await marked()).toBe(0);
  const names = (await page.context().cookies()).map(({ name }) => name);
  expect(names).not.toContain('test-last-way');
  await button(page, 'GitHub').click();
  await page.waitForURL('http://127.0.0.1:*/**');
  await page.getByRole('button', { name: 'Continue as this person' }).click();
  await page.waitForURL(`${site.app.origin}/**`);
  await page.getByRole('main').getByRole('button', { name: 'Log out' }).click();
  await page.getByText('You have logged out.').waitFor();
  expect(await button(page, 'GitHub').getAttribute('aria-describedby')).toBe('last-used');
  expect(await marked()).toBe(1);
  expect(await accessibilityProblems(page)).toEqual([]);
  await register(page, 'by-password-now');
  await page.getByRole('main').getByRole('button', { name: 'Log out' }).click();
  await page.getByText('You have logged out.').waitFor();
  expect(await marked()).toBe(0);
});

it('shows nothing of what somebody else wrote into the mark', async () => {
  const page = await site.open(PHONE);
  const value = encodeURIComponent('<b>google</b>');
  await page.context().addCookies([{ name: 'test-last-way', value, url: site.app.origin }]);
  await page.goto('/login');
  expect(await page.getByText('Last used').count()).toBe(0);
  expect(await page.content()).not.toContain('<b>google');
});

it('a taken address leads to the login, and to a signed-in person to nothing', async () => {
  const page = await site.open();
  await register(page, 'taken-link');
  const other = await site.open();
  await other.goto('/register');
  await other.getByLabel('Email address').fill('taken-link@example.com');
  await other.getByRole('button', { name: 'Create account' }).click();
  await other.locator('.field-error').getByRole('link', { name: 'Log in to it' }).click();
  await other.getByRole('heading', { name: 'Log in' }).waitFor();

  await register(await site.open(), 'taken-too');
  await page.goto('/settings/email');
  await page.getByLabel('Email address').fill('taken-too@example.com');
  await page.getByLabel('Current password').fill('three quiet harbours');
  await page.getByRole('button', { name: 'Change email address' }).click();
  await page.locator('.field-error').waitFor();
  expect(await page.locator('.field-error a').count()).toBe(0);
});

import type { Page } from 'playwright-core';
import { accessibilityProblems } from '../support/chromium.js';
import { register, useSite } from '../support/site.js';

const site = useSite();

const PHONE = { viewport: { width: 320, height: 568 } };

const button = (page: Page, provider: string) =>
  page.getByRole('button', { name: `Continue with ${provider}` });

/** Where the form's button ends. */
async function fold(page: Page): Promise<number> {
  const box = await page.getByRole('main').getByRole('button', { name: 'Log in' }).boundingBox();
  return (box?.y ?? NaN) + (box?.height ?? NaN);
}

async function logOut(page: Page): Promise<void> {
  await page.getByRole('main').getByRole('button', { name: 'Log out' }).click();
  await page.getByText('You have logged out.').waitFor();
}

async function logInByGitHub(page: Page): Promise<void> {
  await page.goto('/login');
  await button(page, 'GitHub').click();
  await page.waitForURL('http://127.0.0.1:*/**');
  await page.getByRole('button', { name: 'Continue as this person' }).click();
  await page.waitForURL(`${site.app.origin}/**`);
}

it('on a small phone everything down to the button is in the first screen, in every state', async () => {
  const page = await site.open(PHONE);
  const folds: Record<string, number> = {};
  await page.goto('/login');
  folds['plain'] = await fold(page);
  await page.goto('/settings/password');
  await page.getByText('Log in to open that page.').waitFor();
  folds['on the way to a page'] = await fold(page);
  await register(page, 'small-screen');
  await logOut(page);
  folds['after logging out'] = await fold(page);
  await logInByGitHub(page);
  await logOut(page);
  await page.getByText('Last used').waitFor();
  folds['after logging out, with the mark'] = await fold(page);
  await page.goto('/login');
  folds['with the mark'] = await fold(page);
  await page.goto('/settings/password');
  folds['on the way to a page, with the mark'] = await fold(page);
  expect(Object.entries(folds).filter(([, end]) => !(end <= 568))).toEqual([]);
});

it('the mark covers no name', async () => {
  const page = await site.open(PHONE);
  await logInByGitHub(page);
  await logOut(page);
  const overlap = await page.evaluate(`(() => {
    const text = document.createRange();
    text.selectNode(document.querySelector('[aria-describedby=last-used]').lastChild);
    return document.querySelector('#last-used').getBoundingClientRect().bottom - text.getBoundingClientRect().top;
  })()`);
  expect(overlap).toBeLessThanOrEqual(0);
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

it('marks the way that was used last, once somebody has logged in by it', async () => {
  const page = await site.open(PHONE);
  const marked = () => page.getByText('Last used').count();
  await page.goto('/login');
  expect(await marked()).toBe(0);
  const names = (await page.context().cookies()).map(({ name }) => name);
  expect(names).not.toContain('test-last-way');
  await logInByGitHub(page);
  await logOut(page);
  expect(await button(page, 'GitHub').getAttribute('aria-describedby')).toBe('last-used');
  expect(await marked()).toBe(1);
  expect(await accessibilityProblems(page)).toEqual([]);
  await register(page, 'by-password-now');
  await logOut(page);
  expect(await marked()).toBe(0);
  await page.getByText('Last time you logged in here with your password.').waitFor();
});

it('shows nothing of what somebody else wrote into the mark', async () => {
  const page = await site.open(PHONE);
  const value = encodeURIComponent('<b>google</b>');
  await page.context().addCookies([{ name: 'test-last-way', value, url: site.app.origin }]);
  await page.goto('/login');
  expect(await page.getByText('Last used').count()).toBe(0);
  expect(await page.content()).not.toContain('<b>google');
});

it('a taken address leads to the login and on to the page that was asked for, and to a signed-in person to nothing', async () => {
  const page = await site.open();
  await register(page, 'taken-link');
  await site.app.verify('taken-link');
  const other = await site.open();
  await other.goto('/login?next=%2Fsettings%2Fpassword');
  await other.getByRole('banner').getByRole('link', { name: 'Create account' }).click();
  await other.getByLabel('Email address').fill('taken-link@example.com');
  await other.getByRole('button', { name: 'Create account' }).click();
  await other.locator('.field-error').getByRole('link', { name: 'Log in to it' }).click();
  await other.getByRole('heading', { name: 'Log in' }).waitFor();
  expect(other.url()).toContain('/login?next=%2Fsettings%2Fpassword');
  await other.getByRole('banner').getByRole('link', { name: 'Create account' }).click();
  await other.getByRole('banner').getByRole('link', { name: 'Log in' }).click();
  await other.getByLabel('Email or username').fill('taken-link');
  await other.getByLabel('Password').fill('three quiet harbours');
  await other.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await other.getByRole('heading', { name: 'Password' }).waitFor();

  const third = await site.open();
  await register(third, 'taken-too');
  await third.goto('/settings/email');
  await third.getByLabel('Email address').fill('taken-link@example.com');
  await third.getByRole('button', { name: 'Change email address' }).click();
  await third.locator('.field-error').waitFor();
  expect(await third.locator('.field-error a').count()).toBe(0);
});

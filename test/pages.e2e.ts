import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startApp, type TestApp } from './support/app.js';
import { accessibilityProblems, launchBrowser } from './support/chromium.js';
import { PASSWORD } from './support/visitor.js';

let app: TestApp;
let browser: Browser;
const complaints: string[] = [];

beforeAll(async () => {
  app = await startApp();
  browser = await launchBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await app.close();
});

async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context: BrowserContext = await browser.newContext({ baseURL: app.origin, ...options });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (/Content Security Policy|Refused/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return page;
}

async function register(page: Page, username: string): Promise<void> {
  await page.goto('/register');
  await page.getByLabel('E-mail address').fill(`${username}@example.com`);
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Name', { exact: true }).fill(`The real ${username}`);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Password again').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.waitForURL('**/');
}

for (const javaScriptEnabled of [true, false]) {
  it(`a person registers, logs out, logs in and deletes the account, scripts ${javaScriptEnabled ? 'on' : 'off'}`, async () => {
    const page = await open({ javaScriptEnabled });
    const username = javaScriptEnabled ? 'scripted' : 'plain';
    await register(page, username);
    expect(await page.textContent('body')).toContain(`Welcome, ${username}.`);
    await page.getByRole('button', { name: 'Log out' }).click();
    expect(await page.textContent('body')).toContain('You have logged out.');
    await page.getByLabel('User name or e-mail address').fill(username);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('link', { name: 'Settings', exact: true }).click();
    await page.getByRole('link', { name: 'Delete account' }).click();
    await page.getByLabel('Current password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Delete my account' }).click();
    expect(await page.textContent('body')).toContain('Your account is deleted.');
    await page.context().close();
  });
}

it('takes a person to what is wrong in a form, with the values kept', async () => {
  const page = await open();
  await page.goto('/register');
  await page.getByLabel('User name').fill('no spaces here');
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Create account' }).click();
  expect(await page.title()).toMatch(/^Error: /);
  expect(await page.evaluate('document.activeElement.className')).toBe('error-summary');
  await page.getByRole('link', { name: /Use only letters/ }).click();
  expect(await page.evaluate('document.activeElement.id')).toBe('username');
  expect(await page.getByLabel('User name').inputValue()).toBe('no spaces here');
  expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('');
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.context().close();
});

it('shows a typed password on request', async () => {
  const page = await open();
  await page.goto('/login');
  await page.getByRole('button', { name: 'Show password' }).click();
  expect(await page.getByLabel('Password', { exact: true }).getAttribute('type')).toBe('text');
  await page.context().close();
});

it('SE-14 shows nothing private after the log-out, by the Back button either', async () => {
  const page = await open();
  await register(page, 'backer');
  await page.goto('/settings/email');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.goBack();
  expect(await page.content()).not.toContain('backer@example.com');
  await page.context().close();
});

for (const colorScheme of ['light', 'dark'] as const) {
  it(`every page is accessible and fits a narrow phone, ${colorScheme}`, async () => {
    const page = await open({ colorScheme, viewport: { width: 320, height: 640 } });
    const look = async (path: string) => {
      await page.goto(path);
      expect([path, await accessibilityProblems(page)]).toEqual([path, []]);
      const width = await page.evaluate('document.scrollingElement.scrollWidth');
      expect([path, width]).toEqual([path, 320]);
    };
    for (const path of ['/', '/login', '/register', '/login?next=/settings', '/nowhere'])
      await look(path);
    await register(page, `reader-${colorScheme}-with-quite-a-long-name`);
    for (const path of [
      '/',
      '/settings',
      '/settings/email',
      '/settings/password',
      '/settings/delete',
      '/logout',
    ]) {
      await look(path);
    }
    await page.context().close();
  }, 60_000);
}

it('HD-01 nothing on any of these pages was refused by the policy', () => {
  expect(complaints).toEqual([]);
});

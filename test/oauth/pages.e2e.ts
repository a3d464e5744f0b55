import type { Page } from 'playwright-core';
import { accessibilityProblems } from '../support/chromium.js';
import { register, useSite } from '../support/site.js';
import { PASSWORD } from '../support/visitor.js';

const site = useSite();

const press = (page: Page, name: string) =>
  page.getByRole('main').getByRole('button', { name, exact: true }).click();

/** Chooses who to be on the stub's page; the browser comes back by itself. */
async function choose(page: Page, person: string): Promise<void> {
  await page.getByRole('button', { name: person }).first().click();
  await page.waitForURL(`${site.app.origin}/**`);
}

/** Somebody whom nobody else in these tests is. */
async function chooseNew(page: Page, name: string, email = ''): Promise<void> {
  await page.getByLabel('Subject').fill(String(Date.now()) + String(Math.random()).slice(2, 6));
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Login', { exact: true }).fill(name.toLowerCase());
  await page.getByLabel('E-mail (empty for none)').fill(email);
  await page.getByRole('button', { name: 'Continue as this person' }).click();
  await page.waitForURL(`${site.app.origin}/**`);
}

/** With scripts off the page between leads on all the same. */
async function leaveFor(page: Page, button: string): Promise<void> {
  await press(page, button);
  await page.waitForURL('http://127.0.0.1:*/**');
}

/** The user name that the page of the deletion asks for. */
async function shownUsername(page: Page): Promise<string> {
  return page.locator('#confirmation-hint').innerText();
}

async function isFlawless(page: Page, scripts: boolean): Promise<void> {
  if (!scripts) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.reload();
    expect([page.url(), colorScheme, await accessibilityProblems(page)]).toEqual([
      page.url(),
      colorScheme,
      [],
    ]);
  }
  expect([page.url(), await page.evaluate('document.scrollingElement.scrollWidth')]).toEqual([
    page.url(),
    320,
  ]);
}

describe.each([
  ['with scripts', true],
  ['without scripts', false],
])('%s', (_, javaScriptEnabled) => {
  const open = () => site.open({ javaScriptEnabled, viewport: { width: 320, height: 700 } });

  it('OA-16 a person registers by a provider, connects another, disconnects it, and keeps the last', async () => {
    const page = await open();
    await page.goto('/login');
    await isFlawless(page, javaScriptEnabled);
    await leaveFor(page, 'Continue with Google');
    await chooseNew(page, 'Wanda');
    await page.getByText('Thanks for registering.').waitFor();
    expect(await page.locator('.notices').getByRole('status').allInnerTexts()).toEqual([
      expect.stringMatching(/^Thanks for registering. Welcome, wanda.* your username here/),
    ]);

    await page.goto('/settings/identities');
    await page.getByText('This is the only way to log in').waitFor();
    expect(await page.getByRole('button', { name: 'Disconnect Google' }).isDisabled()).toBe(true);
    await page.locator('.ways').getByText('Wanda', { exact: true }).waitFor();
    await page.getByText(/^last used \d+ \w+ \d{4}$/).waitFor();
    await isFlawless(page, javaScriptEnabled);

    await leaveFor(page, 'Connect GitHub');
    await chooseNew(page, 'Wanda');
    await page.getByText('GitHub is connected.').waitFor();
    await isFlawless(page, javaScriptEnabled);
    await press(page, 'Disconnect Google');
    await page.getByText('Google is disconnected.').waitFor();
    expect(await page.getByRole('button', { name: 'Disconnect GitHub' }).isDisabled()).toBe(true);
  });

  it('a person who cancels comes back to where they were', async () => {
    const page = await open();
    await page.goto('/register');
    await leaveFor(page, 'Continue with GitHub');
    await choose(page, 'Deny');
    await page.getByRole('status').getByText('You cancelled at GitHub.').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(new URL(page.url()).pathname).toBe('/login');

    await leaveFor(page, 'Continue with GitHub');
    await chooseNew(page, 'Dora');
    await page.goto('/settings/identities');
    await leaveFor(page, 'Connect Google');
    await choose(page, 'Deny');
    await page.getByText('You cancelled at Google.').waitFor();
    await page.getByText('This is the only way to log in').waitFor();
  });

  it('OA-16 a flow completes when the provider sends people through a second host', async () => {
    const page = await open();
    await page.goto('/login');
    await leaveFor(page, 'Continue with Facebook');
    await choose(page, 'Second host');
    await page.getByText(/Welcome, ada/).waitFor();
    // The fragment that Facebook hangs on.
    if (javaScriptEnabled) expect(new URL(page.url()).hash).toBe('');
  });

  it('a person whose address has an account here logs in to it and connects the two', async () => {
    const username = javaScriptEnabled ? 'colly' : 'dolly';
    const page = await open();
    await register(page, username);
    await press(page, 'Log out');
    await leaveFor(page, 'Continue with Google');
    await chooseNew(page, 'Colly', `${username}@example.com`);
    await page.getByRole('heading', { name: 'Log in to connect Google' }).waitFor();
    await isFlawless(page, javaScriptEnabled);
    expect(await page.getByLabel('Email or username').inputValue()).toBe(`${username}@example.com`);
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await press(page, 'Log in and continue');
    // A slip does not lose what it was all for.
    await page.getByText('We couldn’t find that combination').waitFor();
    await page.getByRole('heading', { name: 'Log in to connect Google' }).waitFor();
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await press(page, 'Log in and continue');
    await page.getByRole('heading', { name: 'Connect Google' }).waitFor();
    expect(await page.getByRole('definition').allInnerTexts()).toEqual([
      `${username}@example.com`,
      `${username} (Ada Lovelace)`,
    ]);
    await isFlawless(page, javaScriptEnabled);
    await press(page, 'Connect');
    await page.getByText('Google is connected.').waitFor();
  });

  it('a person whose address somebody else typed makes an account of their own', async () => {
    const username = javaScriptEnabled ? 'squatter' : 'sitter';
    const squatter = await open();
    await register(squatter, username);
    const page = await open();
    await page.goto('/login');
    await leaveFor(page, 'Continue with Google');
    await chooseNew(page, 'Owner', `${username}@example.com`);
    await press(page, 'Create account');
    await page.getByText('Thanks for registering.').waitFor();
    await page.goto('/settings');
    await page.getByText(`${username}@example.com`).waitFor();

    // The other one is told on every page until it is dealt with.
    const banner = squatter.getByText('We removed your email address from this account');
    await squatter.goto('/');
    await banner.waitFor();
    await isFlawless(squatter, javaScriptEnabled);
    await squatter.getByRole('link', { name: 'Add another address' }).click();
    await banner.waitFor();
    await isFlawless(squatter, javaScriptEnabled);
    await press(squatter, 'Go on without an address');
    await squatter.getByText('No address').waitFor();
    expect(await banner.count()).toBe(0);
  });

  it('a person without a password shows by the provider who they are, and deletes the account', async () => {
    const page = await open();
    await page.goto('/login');
    await leaveFor(page, 'Continue with GitLab');
    await choose(page, 'A long id');
    site.app.advance(16 * 60_000);
    await page.goto('/settings/delete');
    await page.getByRole('heading', { name: 'Confirm it’s you' }).waitFor();
    await isFlawless(page, javaScriptEnabled);
    await leaveFor(page, 'Continue with GitLab');
    await choose(page, 'A long id');
    await page.getByText('Confirmed.').waitFor();
    await page.getByLabel('Type your username to confirm').fill(await shownUsername(page));
    await press(page, 'Delete my account');
    await page.getByText('We deleted your account.').waitFor();
  });

  it('the button that was pressed before a re-authentication is at hand after it', async () => {
    const page = await open();
    await register(page, javaScriptEnabled ? 'handy' : 'sandy');
    await page.goto('/settings/identities');
    await leaveFor(page, 'Connect Google');
    await chooseNew(page, 'Handy');
    await page.getByText('Google is connected.').waitFor();
    site.app.advance(16 * 60_000);
    await press(page, 'Disconnect Google');
    await page.getByLabel('Current password').fill(PASSWORD);
    await press(page, 'Confirm');
    await page.getByText('Confirmed.').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('Google is disconnected.').waitFor();
  });

  it('S116 a developer sees what a provider says about a person', async () => {
    const page = await open();
    await page.goto('/development/oauth');
    await isFlawless(page, javaScriptEnabled);
    await leaveFor(page, 'Go to GitHub');
    await choose(page, 'A long id');
    await page.getByText('"subject": "9007199254740993"').waitFor();
    expect(await site.app.users()).not.toContainEqual(
      expect.objectContaining({ name: 'Long Number' }),
    );
  });
});

it('the box to stay logged in holds for the buttons of providers beside it', async () => {
  const page = await site.open();
  const lasts = async () => {
    await page.context().clearCookies();
    await page.goto('/login');
    return async () => {
      await leaveFor(page, 'Continue with Google');
      await choose(page, 'Ada Lovelace');
      const cookies = await page.context().cookies();
      return cookies.find(({ name }) => name === 'test-session')?.expires !== -1;
    };
  };
  const without = await lasts();
  expect(await without()).toBe(false);
  const box = await lasts();
  await page.getByLabel('Stay logged in').check();
  expect(await box()).toBe(true);
});

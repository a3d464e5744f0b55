import { register, useSite } from '../support/site.js';
import { PASSWORD } from '../support/visitor.js';

const site = useSite();

it('takes a person to what is wrong in a form, with the values kept', async () => {
  const page = await site.open();
  await page.goto('/register');
  await page.getByLabel('Username').fill('no spaces here');
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Create account' }).click();
  const summary = page.getByRole('alert');
  expect(await summary.getByRole('link').allTextContents()).toEqual([
    'Enter your email address.',
    'Username: Use only the letters A to Z, digits, hyphens and underscores.',
    'Password: Use at least 8 characters.',
    'Password again: The passwords don’t match. Enter them again.',
  ]);
  expect(await page.evaluate('document.activeElement.className')).toBe('error-summary');
  await summary.getByRole('link', { name: 'Username' }).click();
  expect(await page.evaluate('document.activeElement.id')).toBe('username');
  expect(await page.getByLabel('Username').inputValue()).toBe('no spaces here');
  expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('');
});

it('S115 every input has its label and tells a password manager what it holds', async () => {
  const page = await site.open();
  const inputs = async (path: string) => {
    await page.goto(path);
    return page.evaluate(`
      [...document.querySelectorAll('main .field input')].map(({ name, autocomplete, labels }) => [
        name, autocomplete, labels[0]?.innerText,
      ])`);
  };
  expect(await inputs('/login')).toEqual([
    ['identifier', 'username webauthn', 'Email or username'],
    ['password', 'current-password', 'Password'],
  ]);
  expect(await inputs('/register')).toEqual([
    ['email', 'email', 'Email address'],
    ['username', 'username', 'Username'],
    ['name', 'name', 'Name (optional)'],
    ['password', 'new-password', 'Password'],
    ['passwordAgain', 'new-password', 'Password again'],
  ]);
  await register(page, 'filler');
  expect(await inputs('/settings/profile')).toEqual([
    ['username', 'username', 'Username'],
    ['name', 'name', 'Name (optional)'],
  ]);
  expect(await inputs('/settings/email')).toEqual([
    ['code', 'one-time-code', 'Code'],
    ['email', 'email', 'Email address'],
  ]);
  expect(await inputs('/settings/password')).toEqual([
    ['currentPassword', 'current-password', 'Current password'],
    ['newPassword', 'new-password', 'New password'],
    ['newPasswordAgain', 'new-password', 'New password again'],
  ]);
  expect(await inputs('/settings/delete')).toEqual([
    ['confirmation', 'off', 'Type your username to confirm'],
    ['currentPassword', 'current-password', 'Current password'],
  ]);
});

it('shows a typed password on request, and hides it before it is sent', async () => {
  const page = await site.open();
  await page.goto('/register');
  const password = page.locator('#password');
  await page.getByRole('button', { name: 'Show Password', exact: true }).click();
  expect(await password.getAttribute('type')).toBe('text');
  expect(await page.locator('#passwordAgain').getAttribute('type')).toBe('password');
  await page.getByRole('button', { name: 'Hide Password', exact: true }).click();
  expect(await password.getAttribute('type')).toBe('password');
  await page.getByRole('button', { name: 'Show Password', exact: true }).click();
  // An answer that leaves the page as it is.
  await page.route('**/register', (route) => route.fulfill({ status: 204 }));
  await page.getByRole('button', { name: 'Create account' }).click();
  expect(await password.getAttribute('type')).toBe('password');
});

it('says while a new password is typed whether it is long enough', async () => {
  const page = await site.open();
  await page.goto('/register');
  const said = async (typed: string) => {
    await page.locator('#password').fill(typed);
    return page.locator('#password-strength').textContent();
  };
  expect(await said('quiet')).toBe('Too short.');
  expect(await said('abcabcabcabc')).toContain('easy to guess');
  // Four characters, though eight units of UTF-16.
  expect(await said('🔑🔒🔓🗝')).toBe('Too short.');
  expect(await said(PASSWORD)).toBe('Long enough.');
  expect(await said('')).toBe('');
});

it('sends a form once, however often its button is pressed', async () => {
  const page = await site.open();
  await page.goto('/login');
  await page.getByLabel('Email or username').fill('nobody');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  let sent = 0;
  // An answer that leaves the page as it is.
  await page.route('**/login', (route) => {
    sent++;
    return route.fulfill({ status: 204 });
  });
  const button = page.getByRole('main').getByRole('button', { name: 'Log in' });
  await button.click();
  expect(await button.isDisabled()).toBe(true);
  await page.getByLabel('Password', { exact: true }).press('Enter');
  await button.dispatchEvent('click');
  expect(sent).toBe(1);
  await page.unroute('**/login');
  await page.goto('/register');
  await page.goBack();
  await button.click();
  await page.getByRole('alert').waitFor();
});

it('shows a notice once, and puts it away on request', async () => {
  const page = await site.open();
  await register(page, 'noticed');
  const notices = page.getByRole('main').getByRole('status');
  expect(await notices.allInnerTexts()).toEqual([
    'Thanks for registering. Welcome, noticed.',
    expect.stringMatching(/^We sent a mail to noticed@example\.com\./),
  ]);
  await page.reload();
  expect(await notices.count()).toBe(0);
  await page.goto('/settings/profile');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('We saved your profile.').waitFor();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  expect(await notices.count()).toBe(0);
});

it('follows the system between light and dark until the reader chooses, then remembers', async () => {
  const page = await site.open({ colorScheme: 'dark' });
  const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  await page.goto('/login');
  const dark = await background();
  await page.getByRole('button', { name: 'Switch between light and dark' }).click();
  const light = await background();
  expect(light).not.toBe(dark);
  await page.goto('/register');
  expect(await background()).toBe(light);
});

it('a button is pressed once, and again after "Stop"', async () => {
  const page = await site.open();
  await page.goto('/login');
  await page.getByLabel('Email or username').fill('nobody');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  const browser = await page.context().newCDPSession(page);
  // The answer that a person no longer waits for.
  await page.route('**/login', async (route) => {
    await browser.send('Page.stopLoading');
    await route.abort('aborted');
  });
  const button = page.getByRole('main').getByRole('button', { name: 'Log in' });
  await button.click();
  await page.locator('main .submit:enabled').waitFor({ timeout: 5000 });
  await page.unroute('**/login');
  await button.click();
  await page.getByRole('alert').waitFor();
});

it('a password that is shown is neither spell-checked nor begun with a capital', async () => {
  const page = await site.open();
  await page.goto('/login');
  await page.getByRole('button', { name: 'Show' }).click();
  const input = page.getByLabel('Password', { exact: true });
  expect(await input.getAttribute('type')).toBe('text');
  expect(await input.getAttribute('spellcheck')).toBe('false');
  expect(await input.getAttribute('autocapitalize')).toBe('none');
});

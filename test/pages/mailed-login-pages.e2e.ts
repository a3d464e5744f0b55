import type { Page } from 'playwright-core';
import { loginMails } from '../support/login-mail.js';
import { lookAtAll, open, type State } from '../support/looks.js';
import { type Site, startSite } from '../support/site.js';

let site: Site;
beforeAll(async () => {
  site = await startSite(undefined, { LOGIN_BY_MAIL: 'on' });
});
afterEach(() => site.leave());
afterAll(() => site.close());

const STATES: State[] = [
  ['the login page', open('/login')],
  ['the code page, nothing typed', wrong('')],
  ['the code page, a wrong code', wrong('BCDF-GHJK')],
  ['the link, in the browser that asked', (page) => follow(page, 'looked-at')],
  ['the link, gone or elsewhere', open('/login/link?token=none')],
  ['too many tries', tooMany],
  ['ways in', waysIn],
];

it('every page of a mailed login is accessible, light and dark, and fits at 400 % zoom', async () => {
  await site.app.owner('looked-at');
  await lookAtAll(site, STATES);
}, 240_000);

it('a person logs in by the keyboard alone, and is never sent a code by Enter', async () => {
  await site.app.owner('typing');
  const page = await site.open();
  await page.goto('/login');
  await page.getByLabel('Email or username').fill('typing');
  await page.keyboard.press('Enter');
  // Enter asks for the password, as the first button says.
  await page.getByText('Enter a password.').first().waitFor();
  await page.getByRole('button', { name: 'Email me a code' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('we’ve sent a code').waitFor();
  expect(await page.evaluate('document.activeElement.id')).toBe('code');
  await page.keyboard.type(await codeOf('typing'));
  await page.keyboard.press('Enter');
  await page.getByText('Welcome, typing.').waitFor();
});

it('a person logs in without scripts, and stays logged in where they want to go', async () => {
  await site.app.owner('plain');
  const page = await site.open({ javaScriptEnabled: false });
  await page.goto('/login?next=%2Fsettings%2Fsessions');
  await page.getByLabel('Email or username').fill('plain');
  await page.getByLabel('Stay logged in on this device').check();
  await page.getByRole('button', { name: 'Email me a code' }).click();
  await page.getByLabel('Code').fill(await codeOf('plain'));
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL('**/settings/sessions');
  await page.getByText('with a mailed code').first().waitFor();
});

it('the address of a login form that came back leads to the login again', async () => {
  const visitor = site.app.visitor();
  for (const path of ['/login/mail', '/login/passkey']) {
    expect([path, (await visitor.get(path)).location]).toEqual([path, '/login']);
  }
});

it('presses either button once', async () => {
  const page = await site.open();
  await page.goto('/login');
  await page.getByLabel('Email or username').fill('nobody');
  // An answer that leaves the page as it is.
  await page.route('**/login/mail', (route) => route.fulfill({ status: 204 }));
  const button = page.getByRole('button', { name: 'Email me a code' });
  await button.click();
  expect(await button.isDisabled()).toBe(true);
});

async function codeOf(username: string): Promise<string> {
  return (await loginMails(site.app, `${username}@example.com`)).at(-1)?.code ?? '';
}

async function ask(page: Page, username: string): Promise<void> {
  await page.goto('/login');
  await page.locator('#identifier').fill(username);
  await page.getByRole('button', { name: 'Email me a code' }).click();
  await page.locator('#code').waitFor();
}

function wrong(code: string): State[1] {
  return async (page) => {
    await ask(page, 'looked-at');
    await page.locator('#code').fill(code);
    await page.locator('main .submit').click();
    await page.locator('.error-summary').waitFor();
  };
}

async function follow(page: Page, username: string): Promise<void> {
  await ask(page, username);
  const mail = (await loginMails(site.app, `${username}@example.com`)).at(-1);
  await page.goto(mail?.link ?? '');
  await page.getByText('Log in now?').waitFor();
}

async function tooMany(page: Page): Promise<void> {
  await ask(page, 'nobody-there');
  for (let guess = 0; guess < 12; guess++) {
    await page.locator('#code').fill('BCDF-GHJK');
    await page.locator('main .submit').click();
    await page.locator('.error-summary').waitFor();
  }
}

async function waysIn(page: Page): Promise<void> {
  await follow(page, 'looked-at');
  await page.locator('main .submit').click();
  await page.getByText('Welcome, looked-at.').waitFor();
  await page.goto('/settings/identities');
  await page.getByRole('heading', { name: 'Mailed code' }).waitFor();
}

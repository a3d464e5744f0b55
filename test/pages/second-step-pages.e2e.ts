import type { Page } from 'playwright-core';
import { Authenticator } from '../support/authenticator.js';
import { lookAtAll, open, type State } from '../support/looks.js';
import { register, type Site, startSite } from '../support/site.js';
import { PASSWORD } from '../support/visitor.js';

const SECURITY = '/settings/security';
const APP = `${SECURITY}/authenticator`;
const STEP = '/login/second-step';
const CONFIRM_STEP = '/settings/confirm/second-step';
/** The grace lets a person into the settings first. */
const SETTINGS = { SECOND_FACTOR: 'required', SECOND_FACTOR_GRACE_DAYS: '1' };
const DAY = 24 * 60 * 60_000;

let site: Site;
beforeAll(async () => {
  site = await startSite(undefined, SETTINGS);
});
afterEach(() => site.leave());
afterAll(() => site.close());

let authenticator: Authenticator;
let codes: string[] = [];

const STATES: State[] = [
  ['a second step is due', (page) => register(page, 'stepping')],
  ['two-step login, off', open(SECURITY)],
  ['set-up', setUp],
  ['set-up, nothing typed', (page) => type(page, 'totp', '')],
  ['recovery codes, shown once', confirm],
  ['two-step login, on', open(SECURITY)],
  ['settings', open('/settings')],
  ['the app', open(APP)],
  ['another app', open(`${APP}?another=yes`)],
  ['recovery codes', open(`${SECURITY}/recovery-codes`)],
  ['second step', logIn],
  ['second step, nothing typed', (page) => type(page, 'totp', '')],
  ['second step, a wrong code', (page) => type(page, 'totp', authenticator.wrong(1))],
  ['recovery code', open(`${STEP}/recovery-code`)],
  ['recovery code, a wrong one', (page) => type(page, 'recoveryCode', 'ABCD')],
  ['in by a recovery code', byRecoveryCode],
  ['two-step login, a trusted device', open(SECURITY)],
  ['the second step of a confirmation', confirmStep],
  ['the second step of a confirmation, nothing typed', (page) => type(page, 'totp', '')],
  ['a recovery code to confirm', open(`${CONFIRM_STEP}/recovery-code`)],
  ['a recovery code to confirm, a wrong one', (page) => type(page, 'recoveryCode', 'ABCD')],
  ['the app, too many tries', tooMany],
  ['a set-up that is required', required],
  ['a set-up that is required, a wrong code', (page) => type(page, 'totp', '000000')],
  ['a second step that is gone', gone],
];

it('every page of two-step login is accessible, light and dark, and fits at 400 % zoom', async () => {
  await lookAtAll(site, STATES);
}, 240_000);

it('a person turns it on and logs in by it without scripts', async () => {
  const page = await site.open({ javaScriptEnabled: false });
  await register(page, 'no-scripts');
  await page.goto(SECURITY);
  await page.getByRole('main').getByRole('link', { name: 'Authenticator app' }).click();
  await setUp(page);
  await confirm(page);
  expect(await page.getByRole('button', { name: 'Copy' }).count()).toBe(0);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download' }).click();
  expect((await download).suggestedFilename()).toBe('Latchkey recovery codes no-scripts.txt');
  await page.getByRole('link', { name: 'I’ve kept them' }).click();
  await logIn(page, 'no-scripts');
  site.app.advance(30_000);
  await page.getByLabel('Code from the app').fill(authenticator.code());
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('Welcome, no-scripts.').waitFor();
});

it('a person copies the recovery codes', async () => {
  const page = await site.open({ permissions: ['clipboard-read', 'clipboard-write'] });
  await register(page, 'copying');
  await setUp(page);
  await confirm(page);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(codes.join('\n'));
});

async function setUp(page: Page): Promise<void> {
  await page.goto(APP);
  const key = await page.locator('.key').innerText();
  authenticator = new Authenticator(() => site.app.now(), key);
}

async function confirm(page: Page): Promise<void> {
  await page.locator('#totp').fill(authenticator.code());
  await page.locator('#currentPassword').fill(PASSWORD);
  await page.locator('main form .submit').first().click();
  await page.getByText('We show them only this once.').waitFor();
  codes = (await page.locator('#codes').innerText()).split('\n');
}

async function type(page: Page, field: string, value: string): Promise<void> {
  await page.locator(`#${field}`).fill(value);
  await page.locator('main form:has(.field) .submit').click();
  await page.locator('.error-summary').waitFor();
}

async function logIn(page: Page, identifier = 'stepping'): Promise<void> {
  await page.context().clearCookies();
  await page.goto('/login');
  await page.locator('#identifier').fill(identifier);
  await page.locator('#password').fill(PASSWORD);
  await page.locator('main form[action="/login"] .submit').click();
  await page.locator('#totp').waitFor();
}

async function byRecoveryCode(page: Page): Promise<void> {
  await page.locator('#recoveryCode').fill(codes[0] ?? '');
  await page.locator('#trust').check();
  await page.locator('main form:has(.field) .submit').click();
  await page.getByText('9 are left.').waitFor();
}

async function confirmStep(page: Page): Promise<void> {
  site.app.advance(16 * 60_000);
  await page.goto('/settings/confirm');
  await page.locator('#currentPassword').fill(PASSWORD);
  await page.locator('main form[action="/settings/confirm"] .submit').click();
  await page.locator('#totp').waitFor();
}

async function tooMany(page: Page): Promise<void> {
  await logIn(page);
  for (let n = 0; n < 5; n++) await type(page, 'totp', authenticator.wrong(n));
  await page.getByText('tried too many times').first().waitFor();
}

async function required(page: Page): Promise<void> {
  await site.app.person('overdue');
  site.app.advance(DAY);
  await logIn(page, 'overdue');
}

async function gone(page: Page): Promise<void> {
  site.app.advance(DAY);
  await page.goto('/login/set-up');
  await page.getByText('That took too long').waitFor();
}

import type { Page } from 'playwright-core';
import { told } from '../support/activity.js';
import { lookAtAll, open, type State, submit } from '../support/looks.js';
import { type Site, startSite } from '../support/site.js';

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.close());

const STATES: State[] = [
  ['a forgotten password', open('/recovery')],
  ['a forgotten password, nothing typed', submit('/recovery')],
  ['the mail is sent', open('/recovery/sent')],
  ['a new password', newPassword],
  ['a new password, with mistakes', mistaken],
  ['a link that is gone', open('/recovery/new-password?token=none')],
  ['“this wasn’t me” of a recovery', ended],
  ['“this wasn’t me” of a new device', disavowed],
  ['“this wasn’t me”, gone', open('/not-me?token=none')],
];

it('every page of a recovery is accessible, light and dark, and fits at 400 % zoom', async () => {
  await lookAtAll(site, STATES);
}, 240_000);

async function newPassword(page: Page): Promise<void> {
  await site.app.person('looked-at');
  await page.goto('/recovery');
  await page.locator('#identifier').fill('looked-at');
  await page.locator('main .submit').click();
  await page.getByText('Check your email').waitFor();
  const mails = await site.app.mails('looked-at@example.com');
  await page.goto(/^http\S+new-password\S+$/m.exec(mails.at(-1)?.text ?? '')?.[0] ?? '');
}

async function notMe(page: Page, username: string): Promise<void> {
  await told(site.app);
  const mails = await site.app.mails(`${username}@example.com`);
  await page.goto(/^http\S+not-me\S+$/m.exec(mails.at(-1)?.text ?? '')?.[0] ?? '');
  await page.getByRole('button', { name: /It wasn’t me/ }).waitFor();
}

async function ended(page: Page): Promise<void> {
  await site.app.owner('ended');
  await site.app.visitor().submit('/recovery', { identifier: 'ended' });
  await notMe(page, 'ended');
}

async function disavowed(page: Page): Promise<void> {
  await site.app.owner('disavowed');
  await site.app.visitor().login('disavowed');
  await notMe(page, 'disavowed');
}

async function mistaken(page: Page): Promise<void> {
  await page.locator('#newPassword').fill('short');
  await page.locator('#newPasswordAgain').fill('other');
  await page.locator('main .submit').click();
  await page.locator('.error-summary').waitFor();
}

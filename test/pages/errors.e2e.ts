import type { Page } from 'playwright-core';
import { Database } from '../../src/core/database/database.js';
import { TooManyAttempts } from '../../src/core/domain-error.js';
import { Throttle } from '../../src/core/throttle/throttle.js';
import { UsersService } from '../../src/users/users.service.js';
import { startApp } from '../support/app.js';
import { accessibilityProblems } from '../support/chromium.js';
import { register, useSite } from '../support/site.js';

const site = useSite();

/** Takes the database away, until the returned function gives it back. */
function takeAway(): () => void {
  const database = site.app.nest.get(Database);
  Object.defineProperty(database, 'ready', { value: false, configurable: true });
  return () => {
    Reflect.deleteProperty(database, 'ready');
  };
}

const main = (page: Page) => page.getByRole('main');

it('while the service is away a page keeps its place, says nothing of who is there, and comes by itself', async () => {
  const page = await site.open({ viewport: { width: 320, height: 568 } });
  await register(page, 'patient-reader');
  await page.clock.install();
  const giveBack = takeAway();
  try {
    await page.goto('/settings/email');
    await page.getByRole('heading', { name: 'We’ll be right back' }).waitFor();
    expect(await page.getByRole('link', { name: 'Log in' }).count()).toBe(0);
    expect(await main(page).getByRole('link').allInnerTexts()).toEqual([
      'Try again',
      'Go to the home page',
    ]);
    await page.getByText('This page tries again every 10 seconds.').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    const asked = page.waitForResponse((response) => response.request().method() === 'HEAD');
    await page.clock.runFor(10_000);
    expect((await asked).status()).toBe(503);
  } finally {
    giveBack();
  }
  await page.clock.runFor(10_000);
  await page.getByRole('heading', { name: 'Email' }).waitFor();
});

it('without scripts the page of an outage leads back to where the person was', async () => {
  const page = await site.open({ javaScriptEnabled: false });
  await register(page, 'patient-plain');
  const giveBack = takeAway();
  await page.goto('/settings/email?from=hub');
  expect(await page.getByText('This page tries again').isVisible()).toBe(false);
  giveBack();
  await page.getByRole('link', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'Email' }).waitFor();
  expect(page.url()).toContain('/settings/email?from=hub');
});

it('after too many tries the page says how many minutes to wait, and leads to the form first', async () => {
  const page = await site.open();
  await register(page, 'hasty');
  await page.goto('/settings/identities');
  const throttle = site.app.nest.get(Throttle);
  const consume = throttle.consume.bind(throttle);
  throttle.consume = () => Promise.reject(new TooManyAttempts(600));
  await page.getByRole('button', { name: 'Connect Google' }).click();
  await page.getByText('Wait 10 minutes, then try again.').waitFor();
  throttle.consume = consume;
  expect(await main(page).getByRole('link').first().innerText()).toBe('Try again');
});

it('a form that failed leads back to its page', async () => {
  const { visitor, fail } = failing(site.app.nest.get(UsersService));
  const failed = await fail(() =>
    visitor.submit('/login', { identifier: 'nobody', password: 'three quiet harbours' }),
  );
  expect(failed.status).toBe(500);
  expect(failed.html).toMatch(/href="\/login">Try again<.*?href="\/">Go to the home page</s);
  expect(failed.text).toContain('Reference:');
  expect(failed.text).not.toContain('Get help');
});

it('the operator’s help stands beside the reference', async () => {
  const app = await startApp({ HELP_URL: 'https://help.example.com/accounts?from=a&to=b' });
  try {
    const visitor = app.visitor();
    const { fail } = failing(app.nest.get(UsersService));
    const failed = await fail(() =>
      visitor.submit('/login', { identifier: 'nobody', password: 'three quiet harbours' }),
    );
    expect(failed.text).toMatch(/Still not working\? Get help \. Reference: \w+/);
    expect(failed.html).toContain(
      'href="https://help.example.com/accounts?from&#x3D;a&amp;to&#x3D;b"',
    );
  } finally {
    await app.close();
  }
});

function failing(users: UsersService) {
  const findByLogin = users.findByLogin.bind(users);
  return {
    visitor: site.app.visitor(),
    fail: async <T>(work: () => Promise<T>): Promise<T> => {
      users.findByLogin = () => Promise.reject(new Error('a fault of ours'));
      try {
        return await work();
      } finally {
        users.findByLogin = findByLogin;
      }
    },
  };
}

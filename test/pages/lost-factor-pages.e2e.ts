import type { Page } from 'playwright-core';
import { setUp } from '../support/authenticator.js';
import { lookAtAll, open, type State } from '../support/looks.js';
import { askFor, LOST_FACTOR, mailedLink, sweep, WAIT } from '../support/lost-factor.js';
import { type Site, startSite } from '../support/site.js';
import { PASSWORD } from '../support/visitor.js';

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterEach(() => site.leave());
afterAll(() => site.close());

const WHO = 'looking';

const STATES: State[] = [
  ['second step, with the way on', atSecondStep(WHO)],
  ['everything lost', open(LOST_FACTOR)],
  ['asked for', (page) => page.locator('main form .submit').click()],
  ['cancel', (page) => follow(page, 'cancel')],
  ['finish', finish],
  ['asked for, and over', atSecondStep(WHO, LOST_FACTOR)],
  ['a link that is gone', open(`${LOST_FACTOR}/finish?token=none`)],
  ['without a verified address', nobodyToTell],
  ['the banner', banner],
  ['the banner above a page of the settings', open('/settings/security')],
  ['kept', keep],
];

it('every page of a lost factor is accessible, light and dark, and fits at 400 % zoom', async () => {
  const visitor = await site.app.owner(WHO);
  await setUp(site.app, visitor);
  await lookAtAll(site, STATES);
}, 240_000);

it('a person goes the whole way by keyboard, without scripts', async () => {
  const { app } = site;
  await setUp(app, await app.owner('handless'));
  const page = await site.open({ javaScriptEnabled: false });
  await atSecondStep('handless')(page);
  await pressOn(page, 'link', 'I have lost my device and my codes');
  await pressOn(page, 'button', 'Ask to turn it off');
  await page.getByText('We mail the link to your email address').waitFor();
  app.advance(WAIT);
  await sweep(app);
  await page.goto(await mailedLink(app, 'handless', 'finish'));
  await pressOn(page, 'button', 'Turn off two-step login');
  await page.getByText('Two-step login is off.').waitFor();
  await logIn(page, 'handless');
  await page.getByText('Welcome, handless.').waitFor();
});

/** Comes to a link or a button by the Tab key alone, and presses it. */
async function pressOn(page: Page, role: 'link' | 'button', name: string): Promise<void> {
  const target = page.getByRole('main').getByRole(role, { name });
  for (let n = 0; n < 30; n++) {
    await page.keyboard.press('Tab');
    if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) break;
  }
  await page.keyboard.press('Enter');
  await page.waitForLoadState();
}

async function logIn(page: Page, identifier: string): Promise<void> {
  await page.context().clearCookies();
  await page.goto('/login');
  await page.locator('#identifier').fill(identifier);
  await page.locator('#password').fill(PASSWORD);
  await page.locator('main form[action="/login"] .submit').click();
}

function atSecondStep(username: string, path = '/login/second-step'): State[1] {
  return async (page) => {
    await logIn(page, username);
    await page.locator('#totp').waitFor();
    await page.goto(path);
  };
}

async function follow(page: Page, kind: 'cancel' | 'finish'): Promise<void> {
  await page.goto(await mailedLink(site.app, WHO, kind));
}

async function finish(page: Page): Promise<void> {
  site.app.advance(WAIT);
  await sweep(site.app);
  await follow(page, 'finish');
}

async function nobodyToTell(page: Page): Promise<void> {
  await setUp(site.app, await site.app.person('untold'));
  await atSecondStep('untold', LOST_FACTOR)(page);
}

/** Somebody is signed in, and somebody else asks meanwhile. */
async function banner(page: Page): Promise<void> {
  const { app } = site;
  const visitor = await app.owner('warned');
  await setUp(app, visitor);
  await askFor(app, 'warned');
  const cookies = [...visitor.cookies].map(([name, value]) => ({ name, value, url: app.origin }));
  await page.context().clearCookies();
  await page.context().addCookies(cookies);
  await page.goto('/');
}

async function keep(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Keep two-step login' }).click();
  await page.getByText('Two-step login stays on.').waitFor();
}

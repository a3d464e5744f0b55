import type { Page } from 'playwright-core';
import { REAUTHENTICATION_WINDOW } from '../../src/auth/reauthentication/reauthentication.js';
import { Database } from '../../src/core/database/database.js';
import { ProviderRegistry } from '../../src/oauth/providers/provider.registry.js';
import { decide, goThrough } from '../support/flows.js';
import { comesWith, comingBy } from '../support/identities.js';
import { lookAtAll, open, type State } from '../support/looks.js';
import { register, type Site, startSite } from '../support/site.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.close());

/** What comes of a login by a provider, and of what is out of order. */
const STATES: State[] = [
  ['a browser that keeps no cookies', withoutCookies],
  ['a flow that this browser did not begin', refused],
  ['a flow, and no cookies', (page) => refused(page, false)],
  ['a collision, the account has no password', collisionWithProvider],
  ['a collision, nobody verified the address', collisionWithUnverified],
  ['a collision, nobody verified the address of an account with a password', collision],
  ['a collision, logged in', loggedIn],
  ['the provider that was used last', lastUsed],
  ['confirmation before a form that was sent', sentTooLate],
  ['a form that was held', held],
  ['confirmation without a way', withoutWay],
  ['settings, the address moved', moved],
  ['home, the address moved', open('/')],
  ['address, the address moved', open('/settings/email')],
  ['no database', (page) => withoutDatabase(page, () => page.goto('/settings/email'))],
  ['no database, a form', (page) => withoutDatabase(page, () => sendAddress(page))],
  ['too many cookies', tooManyCookies],
];

it('every state between two pages is accessible, light and dark, and fits at 400 % zoom', async () => {
  await lookAtAll(site, STATES);
}, 240_000);

/** The browser goes on as this visitor. */
async function become(page: Page, { cookies }: Visitor): Promise<void> {
  await page.context().clearCookies();
  const url = site.app.origin;
  await page.context().addCookies([...cookies].map(([name, value]) => ({ name, value, url })));
}

async function withoutCookies(page: Page): Promise<void> {
  await register(page, 'keeps-none');
  await page.goto('/logout');
  await page.locator('main .submit').click();
  await page.getByText('You have logged out.').waitFor();
  await page.context().clearCookies();
  // What the login sets is gone before the next page is asked for.
  await page.route('**/login', async (route) => {
    const answer = await route.fetch({ maxRedirects: 0 });
    const { 'set-cookie': _, ...headers } = answer.headers();
    await page.context().clearCookies();
    await route.fulfill({ response: answer, headers });
  });
  await page.locator('#identifier').fill('keeps-none');
  await page.locator('#password').fill(PASSWORD);
  await page.locator('main .submit:not(.provider)').click();
  await page.getByText('Your browser didn’t keep our cookie').waitFor();
  await page.unroute('**/login');
}

async function refused(page: Page, withCookie = true): Promise<void> {
  await page.context().clearCookies();
  if (withCookie) {
    await page.context().addCookies([{ name: 'other', value: 'kept', url: site.app.origin }]);
  }
  await page.goto('/oauth/google/callback?code=any&state=any');
  const sentence = withCookie
    ? 'This link belongs to another browser'
    : 'Your browser didn’t keep our cookie';
  await page.getByText(sentence).waitFor();
}

async function collisionWithProvider(page: Page): Promise<void> {
  const email = 'by-gitlab@example.com';
  const who = { subject: 'by-gitlab', name: 'By GitLab', email };
  await goThrough(site.app.stub, site.app.visitor(), 'gitlab', who);
  await collide(page, email);
  expect(await page.locator('#password').count()).toBe(0);
}

async function collisionWithUnverified(page: Page): Promise<void> {
  const email = 'unverified@example.com';
  const { visitor } = await comingBy(site.app, 'github');
  await visitor.submit('/settings/email', { email });
  await collide(page, email);
  expect(await page.locator('#password').count()).toBe(0);
  await page.getByRole('heading', { name: 'Not your account?' }).waitFor();
}

async function collision(page: Page): Promise<void> {
  await site.app.person('collides');
  await collide(page, 'collides@example.com');
  await page.getByRole('heading', { name: 'Not your account?' }).waitFor();
}

async function collide(page: Page, email: string): Promise<void> {
  await become(page, (await comesWith(site.app, email)).visitor);
  await page.goto('/pending-link');
  await page.getByRole('heading', { name: 'Log in to connect Google' }).waitFor();
}

async function loggedIn(page: Page): Promise<void> {
  await page.locator('#password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in and continue' }).click();
  await page.getByRole('heading', { name: 'Connect Google' }).waitFor();
}

const newcomer = { subject: 'newcomer', name: 'New Comer', email: null };

async function lastUsed(page: Page): Promise<void> {
  const visitor = site.app.visitor();
  await goThrough(site.app.stub, visitor, 'google', newcomer);
  await become(page, visitor);
  await page.goto('/logout');
  await page.locator('main .submit').click();
  await page.getByText('Last used').waitFor();
}

async function sentTooLate(page: Page): Promise<void> {
  const visitor = site.app.visitor();
  await goThrough(site.app.stub, visitor, 'google', newcomer);
  await become(page, visitor);
  await page.goto('/settings/email');
  await page.locator('#email').fill('newcomer@example.com');
  site.app.advance(REAUTHENTICATION_WINDOW + 1);
  await page.locator('main .submit').click();
  await page.getByRole('heading', { name: 'Confirm it’s you' }).waitFor();
}

async function held(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Continue with Google' }).click();
  await page.waitForURL('http://127.0.0.1:*/**');
  await page.goto(await decide(site.app.stub, page.url(), newcomer));
  await page.getByText('Confirmed.').waitFor();
  expect(await page.locator('#email').inputValue()).toBe('newcomer@example.com');
}

/** The provider has no keys any more. */
async function withoutWay(page: Page): Promise<void> {
  site.app.advance(REAUTHENTICATION_WINDOW + 1);
  const registry = site.app.nest.get(ProviderRegistry);
  const find = registry.find.bind(registry);
  registry.find = () => null;
  await page.goto('/settings/confirm');
  registry.find = find;
  await page.getByText('none of your ways to log in is working').waitFor();
}

async function moved(page: Page): Promise<void> {
  const before = await site.app.person('moved');
  const { visitor } = await comesWith(site.app, 'moved@example.com');
  await visitor.submit('/pending-link', {}, '/pending-link/new');
  await become(page, before);
  await page.goto('/settings');
  await page.getByRole('note').getByText('We removed your email address').waitFor();
}

async function withoutDatabase(page: Page, work: () => Promise<unknown>): Promise<void> {
  const database = site.app.nest.get(Database);
  Object.defineProperty(database, 'ready', { value: false, configurable: true });
  await work();
  Reflect.deleteProperty(database, 'ready');
  expect(await page.locator('h1').innerText()).toBe('We’ll be right back');
}

/** From a page that was opened while all was well. */
async function sendAddress(page: Page): Promise<void> {
  const answered = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.evaluate(`(() => {
    const form = Object.assign(document.createElement('form'), { method: 'post', action: '/settings/email' });
    document.body.append(form);
    form.submit();
  })()`);
  expect((await answered).status()).toBe(503);
  await page.waitForLoadState();
}

async function tooManyCookies(page: Page): Promise<void> {
  const value = 'x'.repeat(4000);
  const names = ['a', 'b', 'c', 'd', 'e'];
  await page.context().addCookies(names.map((name) => ({ name, value, url: site.app.origin })));
  await page.goto('/');
  await page.getByRole('heading', { name: 'Too many cookies' }).waitFor();
}

import type { Page } from 'playwright-core';
import { REAUTHENTICATION_WINDOW } from '../../src/auth/reauthentication/reauthentication.js';
import { PasswordHasher } from '../../src/auth/passwords/password-hasher.js';
import { TooBusy } from '../../src/core/domain-error.js';
import { Mails } from '../../src/core/mail/mails.js';
import { UsersService } from '../../src/users/users.service.js';
import { InterruptedHasher, InterruptedUsers } from '../support/overrides.js';
import { register, type Site, startSite } from '../support/site.js';
import { goThrough } from '../support/flows.js';
import { lookAtAll, open, type State, submit } from '../support/looks.js';
import { PASSWORD } from '../support/visitor.js';

let site: Site;
beforeAll(async () => {
  site = await startSite((testing) =>
    testing
      .overrideProvider(PasswordHasher)
      .useClass(InterruptedHasher)
      .overrideProvider(UsersService)
      .useClass(InterruptedUsers),
  );
});
afterEach(() => site.leave());
afterAll(() => site.close());

/** Everything that can be looked at without an account. */
const STRANGER: State[] = [
  ['home', open('/')],
  ['registration', open('/register')],
  ['registration, nothing filled in', submit('/register')],
  ['registration, mistakes', submit('/register', { email: 'nope', username: 'admin', name: 'A' })],
  ['registration, too short', submit('/register', registration({ password: 'short' }))],
  ['login', open('/login')],
  ['login, on the way to a page', open('/settings/password')],
  ['login, nothing filled in', submit('/login')],
  ['login, not found', submit('/login', { identifier: 'nobody', password: PASSWORD })],
  ['login, too many tries', tooManyTries],
  ['login, busy', tooBusy],
  ['page not found', open('/nowhere')],
  ['bad request', open('/login?next=1&next=2')],
  ['a method that is not taken', postToHealth],
  ['a fault of ours', fault],
  ['an account that waits to be connected', waiting],
  ['by a provider for the first time', newcomer],
  ['connected accounts, the last way in', open('/settings/identities')],
  ['no password yet', open('/settings/password')],
  ['no mail sent', open('/development/outbox')],
  ['a sent mail', sentMail],
  ['sent mails', open('/development/outbox')],
];

/** Everything that belongs to an account; the last one removes it. */
/** The name that the person took last. */
const NAME = 'reader-of-forty-characters-1234567890abc';

const PERSON: State[] = [
  ['welcome', (page) => register(page, 'reader', 'Wolfeschlegelsteinhausenbergerdorff-welchevor')],
  ['home', open('/')],
  ['settings', open('/settings')],
  ['profile', open('/settings/profile')],
  ['profile, mistake', submit('/settings/profile', { username: 'no spaces here' })],
  [
    'profile, saved',
    submit('/settings/profile', { username: 'reader-of-forty-characters-1234567890abc' }),
  ],
  ['right to left', submit('/settings/profile', { name: 'محمد بن موسى الخوارزمي' })],
  ['home, right to left', open('/')],
  ['settings, right to left', open('/settings')],
  ['no name', submit('/settings/profile', { name: '' })],
  ['home, no name', open('/')],
  ['address', open('/settings/email')],
  ['address, mistakes', submit('/settings/email', { email: 'no' })],
  ['address, changed', submit('/settings/email', { email: 'reader@example.com' })],
  ['connected accounts', open('/settings/identities')],
  ['sessions', open('/settings/sessions')],
  ['sessions, several', severalSessions],
  ['password', open('/settings/password')],
  ['password, mistakes', submit('/settings/password')],
  ['password, changed', submit('/settings/password', newPassword('four louder harbours'))],
  ['activity', open('/settings/activity')],
  ['activity, failures alone', open('/settings/activity?kind=failures')],
  ['activity, nothing to show', open('/settings/activity?kind=identities')],
  ['deletion', open('/settings/delete')],
  ['deletion, wrong password', submit('/settings/delete', deletion(PASSWORD))],
  ['log-out', open('/logout')],
  ['confirmation', longAfterLogin],
  ['confirmation, the address verified', verified],
  ['code', codeAsked],
  ['code, wrong', wrongCode],
  ['password, another proof', open('/settings/password')],
  ['page not found', open('/nowhere')],
  ['address, the token too old', staleAddress],
  ['form too old', staleButton],
  ['deleted', submit('/settings/delete', deletion('four louder harbours'))],
];

for (const [who, states] of Object.entries({ stranger: STRANGER, person: PERSON })) {
  it(`every page and state of a ${who} is accessible, light and dark, and fits at 400 % zoom`, async () => {
    await lookAtAll(site, states);
  }, 240_000);
}

function registration(more: Record<string, string>): Record<string, string> {
  const password = more['password'] ?? PASSWORD;
  const person = { email: 'ada@example.com', username: 'ada-lovelace', name: 'Ada' };
  return { ...person, password, passwordAgain: password };
}

function deletion(currentPassword: string): Record<string, string> {
  return { confirmation: NAME, currentPassword };
}

function newPassword(password: string): Record<string, string> {
  return { currentPassword: PASSWORD, newPassword: password, newPasswordAgain: password };
}

async function tooManyTries(page: Page): Promise<void> {
  for (let tries = 0; tries < 5; tries++) await site.app.visitor().login('guessed', 'wrong one');
  await submit('/login', { identifier: 'guessed', password: PASSWORD })(page);
  expect(await page.getByText('You’ve tried too many times').count()).toBeGreaterThan(0);
}

async function tooBusy(page: Page): Promise<void> {
  const hasher = site.app.nest.get<InterruptedHasher>(PasswordHasher);
  hasher.before = () => Promise.reject(new TooBusy('The queue is full'));
  await submit('/login', { identifier: 'nobody', password: PASSWORD })(page);
  hasher.resume();
}

async function severalSessions(page: Page): Promise<void> {
  const safari =
    'Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
  const body = { identifier: 'reader-of-forty-characters-1234567890abc', password: PASSWORD };
  for (const headers of [
    { 'user-agent': safari },
    { 'x-forwarded-for': '2001:db8:85a3:8d3:1319:8a2e:370:7348' },
  ]) {
    await site.app.visitor().send('POST', '/login', { body, headers });
  }
  await page.goto('/settings/sessions');
  await page.getByText('Safari on iOS').waitFor();
}

async function longAfterLogin(page: Page): Promise<void> {
  site.app.advance(REAUTHENTICATION_WINDOW + 1);
  await page.goto('/settings/confirm');
}

async function verified(page: Page): Promise<void> {
  await site.app.verify(NAME);
  await page.goto('/settings/confirm');
  expect(await page.getByRole('button', { name: 'Email me a code' }).count()).toBe(1);
}

async function codeAsked(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Email me a code' }).click();
  await page.getByText('We sent a code to reader@example.com').waitFor();
}

async function wrongCode(page: Page): Promise<void> {
  await page.locator('#code').fill('BCDF-GHJK');
  await page.getByRole('button', { name: 'Confirm', exact: true }).click();
  await page.locator('.error-summary').waitFor();
}

/** A flow at a provider, made by a visitor whose cookies the browser then has. */
async function comeByGoogle(page: Page, subject: string, email: string): Promise<void> {
  const visitor = site.app.visitor();
  const { location } = await goThrough(site.app.stub, visitor, 'google', { subject, email });
  const { hostname } = new URL(site.app.origin);
  const cookies = [...visitor.cookies].map(([name, value]) => ({ name, value }));
  await page
    .context()
    .addCookies(cookies.map((cookie) => ({ ...cookie, domain: hostname, path: '/' })));
  await page.goto(location ?? '');
}

async function waiting(page: Page): Promise<void> {
  await site.app.owner('holder');
  await comeByGoogle(page, '1001', 'holder@example.com');
  await page.getByRole('heading', { name: 'Log in to connect Google' }).waitFor();
}

async function newcomer(page: Page): Promise<void> {
  await page.context().clearCookies();
  await comeByGoogle(page, '1002', 'newcomer@example.com');
  expect(await page.getByText('Thanks for registering.').count()).toBe(1);
}

async function staleAddress(page: Page): Promise<void> {
  await page.goto('/settings/email');
  await page.evaluate(
    `document.querySelector('main form[action="/settings/email"] [name=_csrf]').value = 'another'`,
  );
  await page.locator('main form[action="/settings/email"] .submit').click();
  await page.getByText('Your login changed after').waitFor();
}

async function staleButton(page: Page): Promise<void> {
  await page.goto('/logout');
  await page.evaluate(`document.querySelector('main form').action = '/oauth/google/link'`);
  await page.evaluate(`document.querySelector('main [name=_csrf]').value = 'another'`);
  await page.locator('main .submit').click();
  await page.getByRole('heading', { name: 'This page is out of date' }).waitFor();
}

async function sentMail(page: Page): Promise<void> {
  await site.app.nest.get(Mails).send({ kind: 'test', to: 'ada@example.com' });
  await site.app.mails('ada@example.com');
  await page.goto('/development/outbox');
  await page.getByRole('link', { name: 'Test mail' }).click();
  await page.getByRole('heading', { name: 'Test mail' }).waitFor();
}

async function postToHealth(page: Page): Promise<void> {
  await page.goto('/login');
  await page.evaluate(`document.querySelector('[action="/login"]').action = '/health/live'`);
  await page.locator('main .submit').click();
  await page.getByRole('heading', { name: 'That doesn’t work here' }).waitFor();
}

async function fault(page: Page): Promise<void> {
  const users = site.app.nest.get<InterruptedUsers>(UsersService);
  users.before = () => Promise.reject(new Error('a fault of ours'));
  await page.goto('/login');
  await page.locator('#identifier').fill('nobody');
  await page.locator('#password').fill(PASSWORD);
  await page.locator('main .submit').click();
  await page.getByRole('heading', { name: 'Something went wrong' }).waitFor();
  users.resume();
}

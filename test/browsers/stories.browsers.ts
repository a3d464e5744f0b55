import { setTimeout as delay } from 'node:timers/promises';
import { startApp, type TestApp } from '../support/app.js';
import { freePort } from '../support/free-port.js';
import { verificationMail } from '../support/verification-mail.js';
import { PASSWORD } from '../support/visitor.js';
import type { DrivenBrowser } from './driven-browser.js';
import { chromium, firefox } from './puppeteer.js';
import { webkit } from './webkit.js';

let app: TestApp;
let browser: DrivenBrowser;
beforeAll(async () => {
  const port = await freePort();
  app = await startApp({ PORT: String(port), BASE_URL: `http://localhost:${port}` });
});
afterEach(() => browser.close());
afterAll(() => app.close());

const open = (path: string) => browser.open(app.origin + path);
const path = async () => new URL(String(await browser.read('location.href'))).pathname;
const words = async () => String(await browser.read('document.body?.innerText'));

/** Waits for a page, at most 15 seconds; one that is being left can't be read. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds().catch(() => false)); tries++) {
    if (tries > 150) throw new Error(`It never came about on ${await path()}: ${await words()}`);
    await delay(100);
  }
}

const says = (text: string) => until(async () => (await words()).includes(text));

async function register(username: string): Promise<void> {
  await open('/register');
  await browser.fill('#email', `${username}@example.com`);
  await browser.fill('#username', username);
  await browser.fill('#password', PASSWORD);
  await browser.fill('#passwordAgain', PASSWORD);
  await browser.press('[action="/register"] .submit');
  await says('Thanks for registering.');
}

async function logOut(): Promise<void> {
  await browser.press('[action="/logout"] button');
  await says('You have logged out.');
}

async function logIn(username: string, password: string): Promise<void> {
  await browser.fill('#identifier', username);
  await browser.fill('#password', password);
  await browser.press('#remember');
  await browser.press('[action="/login"] .submit');
  await says(username);
}

describe.each([chromium, firefox, webkit])('$name', ({ name, missing, start }) => {
  const story = missing === null ? it : it.skip;
  const told = missing === null ? '' : `left out (${missing}): `;
  const slug = name.toLowerCase();

  story(`${told}a person registers, changes the password, logs out and in`, async () => {
    browser = await start();
    await register(`${slug}-walker`);
    await open('/settings/password');
    await browser.fill('#currentPassword', PASSWORD);
    await browser.fill('#newPassword', 'four louder harbours');
    await browser.fill('#newPasswordAgain', 'four louder harbours');
    await browser.press('[action="/settings/password"] .submit');
    await says('You changed your password.');
    await logOut();
    await logIn(`${slug}-walker`, 'four louder harbours');
    expect(await path()).toBe('/');
  });

  story(`${told}SE-14 "Back" shows nothing private after the log-out`, async () => {
    browser = await start();
    await register(`${slug}-leaver`);
    await open('/settings/email');
    await open('/settings/password');
    // That it goes back at all.
    await browser.back();
    await says(`${slug}-leaver`);
    await logOut();
    for (let step = 0; step < 3; step++) {
      await browser.back();
      await until(async () => (await browser.read('document.readyState')) === 'complete');
      await until(async () => !(await words()).includes('-leaver'));
    }
  });

  story(`${told}HD-03 the form behind a mailed link is accepted`, async () => {
    const person = await app.person(`${slug}-mailed`);
    const { link } = await verificationMail(app, `${slug}-mailed@example.com`);
    browser = await start();
    await open(link);
    await browser.press('main .submit');
    await says('You confirmed your email address.');
    expect((await person.get('/settings')).text).toContain('-mailed@example.com, confirmed');
  });

  story(`${told}a person comes in through a provider, whose marks are drawn`, async () => {
    browser = await start();
    await open('/login');
    await until(async () => {
      const widths = `[...document.querySelectorAll('.provider-mark use')].map((use) => use.getBBox().width)`;
      const drawn = (await browser.read(`JSON.stringify(${widths})`)) as string;
      const all = JSON.parse(drawn) as number[];
      return all.length === 4 && all.every((width) => width > 10);
    });
    await browser.press('[action="/oauth/google"] button');
    await until(async () => (await browser.read('location.port')) !== new URL(app.origin).port);
    await browser.press('[name="person"]');
    await until(async () => (await browser.read('location.href')) === `${app.origin}/`);
    await says('Ada Lovelace');
  });

  story(
    `${told}a form that comes back has the focus on what is wrong, and the theme switches`,
    async () => {
      browser = await start();
      await open('/login');
      await browser.press('[action="/login"] .submit');
      await until(
        async () => (await browser.read('document.activeElement.className')) === 'error-summary',
      );
      const background = () => browser.read('getComputedStyle(document.body).backgroundColor');
      const before = await background();
      await browser.press('[data-theme-switch]');
      expect(await background()).not.toBe(before);
      await browser.press('[data-theme-switch]');
      expect(await background()).toBe(before);
      expect(await browser.read(`localStorage.getItem('theme')`)).toBeNull();
    },
  );
});

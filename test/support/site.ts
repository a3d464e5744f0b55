import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { type Override, startApp, type TestApp } from './app.js';
import { launchBrowser } from './chromium.js';
import { freePort } from './free-port.js';
import { PASSWORD } from './visitor.js';
import { PATIENCE } from './wait-until.js';

/** The rows of the settings that are pages, as people read them. */
export const SETTINGS_PAGES = [
  'Profile',
  'Email',
  'Password',
  'Connected accounts',
  'Passkeys',
  'Two-step login',
  'Where you’re logged in',
  'Activity',
  'Delete account',
];

/** The application and a real browser to look at it with. */
export interface Site {
  readonly app: TestApp;
  /** What the browser had to say against any page: refused by the policy, thrown, or asked of another site. */
  readonly complaints: string[];
  /** A browser of a new person, at an address of their own. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** Closes every browser window; what a test leaves behind is not the next one's. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/** Starts both, the application as `startApp` does; `open` gives pages whose addresses are the application's. */
export async function startSite(
  override?: Override,
  environment: Record<string, string> = {},
): Promise<Site> {
  // A browser really goes where BASE_URL says, so the port must be known before the start.
  const port = await freePort();
  const address = { PORT: String(port), BASE_URL: `http://localhost:${port}` };
  const app = await startApp({ ...address, ...environment }, override);
  const browser = await launchBrowser();
  const complaints: string[] = [];
  return {
    app,
    complaints,
    open: (options) => openPage(browser, app, complaints, options),
    leave: async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    close: async () => {
      await browser.close();
      await app.close();
    },
  };
}

/**
 * Starts both for a file of tests. Each test leaves its windows closed, and fails when the browser had
 * anything to say against a page.
 */
export function useSite(environment?: Record<string, string>): Pick<Site, 'app' | 'open'> {
  let site: Site;
  beforeAll(async () => {
    site = await startSite(undefined, environment);
  });
  afterEach(async () => {
    await site.leave();
    expect(site.complaints.splice(0)).toEqual([]);
  });
  afterAll(() => site.close());
  return {
    get app() {
      return site.app;
    },
    open: (options) => site.open(options),
  };
}

/** Fills in the registration form and waits for the page after it. */
export async function register(page: Page, username: string, name = 'Ada Lovelace') {
  await page.goto('/register');
  await page.getByLabel('Email address').fill(`${username}@example.com`);
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Name (optional)').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Password again').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('Thanks for registering.').waitFor();
}

let people = 0;

async function openPage(
  browser: Browser,
  app: TestApp,
  complaints: string[],
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({
    baseURL: app.origin,
    extraHTTPHeaders: { 'x-forwarded-for': `198.53.0.${++people}` },
    ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // Chromium also reports every answer of 400 and above, the pages that a test wants among them.
    const expected = /^Failed to load resource: .* status of [45]\d\d/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !expected) complaints.push(message.text());
  });
  page.on('request', (request) => {
    const { origin } = new URL(request.url());
    const onward =
      request.isNavigationRequest() || origin === new URL(request.frame().url()).origin;
    const stub = new URL(app.stub.origin).port;
    if (origin !== app.origin && !(onward && origin.endsWith(`:${stub}`))) {
      complaints.push(`sent to ${request.url()}`);
    }
  });
  return page;
}

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { register, type Site, startSite } from '../support/site.js';
import { PASSWORD } from '../support/visitor.js';

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterEach(async () => {
  await site.leave();
  site.complaints.splice(0);
});
afterAll(() => site.close());

it('SE-14 shows nothing private after the log-out, by the Back button either', async () => {
  const page = await site.open();
  await register(page, 'backer');
  await page.goto('/settings/email');
  expect(await page.content()).toContain('backer@example.com');
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('button').click();
  await page.getByText('You have logged out.').waitFor();
  await page.goBack();
  expect(await page.content()).not.toContain('backer@example.com');
});

it('HD-01 no page can be framed, by another site or by our own', async () => {
  const page = await site.open();
  await register(page, 'framed');
  // A real server: an answer that the test invents has no address, and the browser then refuses it
  // the local network before it looks at our policy.
  const otherSite = createServer((request, response) => {
    response.setHeader('content-type', 'text/html').end(frame(request.url ?? ''));
  });
  await once(otherSite.listen(0, '127.0.0.1'), 'listening');
  const { port } = otherSite.address() as AddressInfo;
  try {
    for (const path of ['/settings/profile', '/settings/delete']) {
      await page.goto(path);
      expect(await page.locator('main form .submit').count()).toBe(1);
      expect(await framedBy(page, `http://127.0.0.1:${port}${path}`)).toBe(BLOCKED);
      await page.route('**/own-frame', (route) =>
        route.fulfill({ contentType: 'text/html', body: frame(path) }),
      );
      expect(await framedBy(page, '/own-frame')).toBe(BLOCKED);
      await page.unroute('**/own-frame');
    }
  } finally {
    otherSite.close();
  }
});

it('HD-01, HD-03 a walk through every page is refused nothing and sends nothing to another site', async () => {
  const page = await site.open();
  const requests: string[] = [];
  page.on('request', (request) => requests.push(new URL(request.url()).origin));
  await register(page, 'walker');
  for (const path of [
    '/',
    '/settings/profile',
    '/settings/email',
    '/settings/password',
    '/logout',
    '/no',
  ]) {
    await page.goto(path);
  }
  await page.goto('/settings/delete');
  await page.getByLabel('Type your username to confirm').fill('walker');
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Delete my account' }).click();
  await page.getByText('We deleted your account.').waitFor();
  for (const path of ['/login', '/register', '/login?next=/settings']) await page.goto(path);
  expect(requests.length).toBeGreaterThan(12);
  expect([...new Set(requests)]).toEqual([site.app.origin]);
  expect(site.complaints).toEqual([]);
});

const BLOCKED = 'net::ERR_BLOCKED_BY_RESPONSE';

function frame(path: string): string {
  return `<link rel="icon" href="data:,"><iframe src="${site.app.origin}${path}"></iframe>`;
}

/** @returns why the frame on this page is empty */
async function framedBy(page: Page, address: string): Promise<string | undefined> {
  const refusal = page.waitForEvent('requestfailed');
  await page.goto(address);
  return (await refusal).failure()?.errorText;
}

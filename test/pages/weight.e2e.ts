import { useSite } from '../support/site.js';

const site = useSite();

it('a cold login page with every provider weighs at most 22 kB, in at most 7 requests', async () => {
  const page = await site.open();
  const weights: [path: string, bytes: number][] = [];
  page.on('requestfinished', (request) => {
    void request.sizes().then(({ responseBodySize }) => {
      weights.push([new URL(request.url()).pathname, responseBodySize]);
    });
  });
  await page.goto('/login', { waitUntil: 'networkidle' });
  expect(weights.map(([path]) => path)).toContain('/login');
  expect(weights.length).toBeLessThanOrEqual(7);
  const sum = weights.reduce((all, [, bytes]) => all + bytes, 0);
  expect(sum).toBeGreaterThan(8_000);
  expect(sum).toBeLessThanOrEqual(22_000);
});

it('a login page that nobody touches asks for no challenge, and nothing is written for it', async () => {
  const page = await site.open();
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') asked.push(new URL(request.url()).pathname);
  });
  // A field that offers passkeys needs one, so a browser without that would prove nothing.
  await page.addInitScript(
    'PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(true)',
  );
  const before = await written();
  await page.goto('/login', { waitUntil: 'networkidle' });
  expect(asked).toEqual([]);
  expect(await written()).toBe(before);
  const answer = page.waitForResponse('**/login/passkey/options');
  await page.mouse.move(10, 10);
  await page.mouse.move(20, 20);
  expect((await answer).status()).toBe(200);
  expect(await written()).toBe(before + 1);
});

function written(): Promise<number> {
  return site.app.db.collection('one-time').countDocuments();
}

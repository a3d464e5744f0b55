import { useSite } from '../support/site.js';

const site = useSite();

it('a cold login page with every provider weighs at most 22 kB, in at most 8 requests', async () => {
  const page = await site.open();
  const weights: [path: string, bytes: number][] = [];
  page.on('requestfinished', (request) => {
    void request.sizes().then(({ responseBodySize }) => {
      weights.push([new URL(request.url()).pathname, responseBodySize]);
    });
  });
  await page.goto('/login', { waitUntil: 'networkidle' });
  expect(weights.map(([path]) => path)).toContain('/login');
  expect(weights.length).toBeLessThanOrEqual(8);
  const sum = weights.reduce((all, [, bytes]) => all + bytes, 0);
  expect(sum).toBeGreaterThan(8_000);
  expect(sum).toBeLessThanOrEqual(22_000);
});

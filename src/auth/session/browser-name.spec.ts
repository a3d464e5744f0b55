import { browserName } from './browser-name.js';

it.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox', 'Linux'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    'Safari',
    'iOS',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0',
    'Microsoft Edge',
    'Windows',
  ],
])('names the browser and its system: %s', async (userAgent, browser, system) => {
  expect(await browserName(userAgent)).toEqual({ browser, system });
});

it.each([
  '',
  'node',
  'You won: visit-evil.example/1.0 now',
  'Your account was closed/1.0 (Windows NT 10.0)',
  'constructor/1.0 (__proto__)',
  `Mozilla/5.0 (X11; Linux x86_64) ${'x'.repeat(500)} Firefox/140.0`,
])('knows no browser by %j', async (userAgent) => {
  expect(await browserName(userAgent)).toBeNull();
});

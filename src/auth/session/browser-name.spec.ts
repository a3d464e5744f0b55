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

const CHROME =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36';

it.each([
  ['"Not)A;Brand";v="8", "Chromium";v="138", "Brave";v="138"', 'Brave'],
  ['"Chromium";v="138", "Google Chrome";v="138"', 'Chrome'],
  ['"Your account was closed";v="1"', 'Chrome'],
  ['Brave', 'Chrome'],
  ['', 'Chrome'],
])('tells a browser from the one that it is made of by its brands: %s', async (brands, browser) => {
  expect(await browserName(CHROME, brands)).toEqual({ browser, system: 'Linux' });
});

it('reads no list of brands that is too long for one', async () => {
  expect(await browserName(CHROME, `"Brave";v="138", ${'x'.repeat(500)}`)).toBeNull();
});

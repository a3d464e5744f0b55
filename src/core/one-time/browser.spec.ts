import type { Request } from 'express';
import { settingsOf } from '../../../test/support/config.js';
import { CoreSettings } from '../config/core.settings.js';
import { SealSettings } from '../crypto/seal.settings.js';
import { Browser } from './browser.js';

const OLD = 'kW8mZq3vTn5xYb7cJd9fGh2jLp4rSt6u';
const NEW = 'Zt4mX8qLw2VnR7cKy1HbJ5sDf9GpA3eU';

interface Sent {
  readonly name: string;
  readonly value: string;
  readonly options: object;
}

/** A request with these cookies, and the cookie that its answer sets. */
function visit(cookie = ''): { request: Request; sent: Sent[] } {
  const sent: Sent[] = [];
  const res = {
    cookie: (name: string, value: string, options: object) => sent.push({ name, value, options }),
  };
  // What the class uses of a request, and nothing else.
  return { sent, request: { get: () => cookie, res } as unknown as Request };
}

function browserWith(...sessionSecrets: string[]): Browser {
  const seal = settingsOf(SealSettings, { SESSION_SECRET: sessionSecrets.join(',') });
  return new Browser(settingsOf(CoreSettings, { COOKIE_PREFIX: 'test' }), seal);
}

/** A browser that was here, and its cookie as it sends it. */
function known(browser = browserWith(OLD)): { id: string; value: string; cookie: string } {
  const { request, sent } = visit();
  const id = browser.identify(request);
  const value = sent[0]?.value ?? '';
  return { id, value, cookie: `test-browser=${value}` };
}

describe('a browser', () => {
  it('is nobody before it has an id', () => {
    expect(browserWith(OLD).idOf(visit().request)).toBeNull();
    expect(browserWith(OLD).idOf(visit('other=1; browsers=2').request)).toBeNull();
  });

  it('is known by the cookie that it was given, beside others', () => {
    const { id, cookie } = known();
    expect(browserWith(OLD).idOf(visit(cookie).request)).toBe(id);
    expect(browserWith(OLD).idOf(visit(`a=1; ${cookie}; b=2`).request)).toBe(id);
  });

  it('keeps its id, in a cookie that is set anew', () => {
    const { id, value, cookie } = known();
    const { request, sent } = visit(cookie);
    expect(browserWith(OLD).identify(request)).toBe(id);
    expect(sent).toMatchObject([{ name: 'test-browser', value }]);
  });

  it('has another id for what its scripts ask', () => {
    const { id, cookie } = known();
    const { request, sent } = visit(cookie);
    const other = browserWith(OLD).identify(request, 'script');
    expect([other === id, sent]).toMatchObject([false, [{ name: 'test-browser-script' }]]);
    const both = visit(`${cookie}; test-browser-script=${sent[0]?.value}`).request;
    expect(browserWith(OLD).idOf(both)).toBe(id);
    expect(browserWith(OLD).idOf(both, 'script')).toBe(other);
  });

  it('SE-01 has another id once it is renewed', () => {
    const { id, cookie } = known();
    const { request, sent } = visit(cookie);
    const renewed = browserWith(OLD).renew(request);
    expect(renewed).not.toBe(id);
    expect(browserWith(OLD).idOf(visit(`test-browser=${sent[0]?.value}`).request)).toBe(renewed);
  });

  it.each<[string, (value: string, id: string) => string]>([
    ['an invented id', () => 'A'.repeat(32)],
    ['an id without its signature', (_, id) => id],
    ['an invented signature', (_, id) => `${id}.${'A'.repeat(43)}`],
    ['the signature of another id', (value) => `${'A'.repeat(32)}${value.slice(32)}`],
    ['a signature that is cut off', (value) => value.slice(0, -1)],
    ['something after the signature', (value) => `${value}A`],
    ['nothing', () => ''],
    ['text of another form', () => 'j:{}'],
    ['the signature of another site', () => known(browserWith(NEW)).value],
  ])('SE-02 is nobody with %s', (_, forge) => {
    const { id, value } = known();
    const { request, sent } = visit(`test-browser=${forge(value, id)}`);
    expect(browserWith(OLD).idOf(request)).toBeNull();
    // Nor is an id that came with the request taken over.
    expect(browserWith(OLD).identify(request)).not.toBe(id);
    expect(sent).toHaveLength(1);
  });

  it('SE-02 is nobody with two cookies of the name, good as each of them is', () => {
    const [mine, planted] = [known(), known()];
    for (const cookie of [
      `${mine.cookie}; ${planted.cookie}`,
      `${planted.cookie}; ${mine.cookie}`,
      `${mine.cookie}; ${mine.cookie}`,
      `test-browser=; ${mine.cookie}`,
    ]) {
      expect(browserWith(OLD).idOf(visit(cookie).request)).toBeNull();
    }
  });

  it('SE-13 is known while the secret of its cookie is in use, and signed with the newest', () => {
    const { id, cookie } = known();
    const { request, sent } = visit(cookie);
    expect(browserWith(NEW, OLD).identify(request)).toBe(id);
    expect(browserWith(NEW).idOf(request)).toBeNull();
    expect(browserWith(NEW).idOf(visit(`test-browser=${sent[0]?.value}`).request)).toBe(id);
  });

  it('SE-09 has a cookie of this host alone, which no script reads', () => {
    const environment = { NODE_ENV: 'production', BASE_URL: 'https://accounts.example.org' };
    const seal = settingsOf(SealSettings, { SESSION_SECRET: OLD });
    const production = new Browser(settingsOf(CoreSettings, environment), seal);
    const { request, sent } = visit();
    production.identify(request);
    expect(sent).toMatchObject([
      {
        name: '__Host-latchkey-browser',
        options: { httpOnly: true, secure: true, sameSite: 'lax', path: '/' },
      },
    ]);
    expect(sent[0]?.options).not.toHaveProperty('domain');
  });
});

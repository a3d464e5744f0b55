import { settingsOf } from '../../../test/support/config.js';
import { CoreSettings } from '../config/core.settings.js';
import type { Environment } from '../config/environment.js';
import { hostCookie } from './host-cookie.js';

function cookie(environment: Environment) {
  return hostCookie(settingsOf(CoreSettings, environment), 'session');
}

const PRODUCTION = { NODE_ENV: 'production' };

describe('a cookie of ours', () => {
  it.each([PRODUCTION, {}])('SE-09 is bound to this host and to https: %j', (mode) => {
    expect(cookie({ ...mode, BASE_URL: 'https://app.localhost' })).toEqual({
      name: '__Host-latchkey-session',
      options: { httpOnly: true, secure: true, sameSite: 'lax', path: '/' },
    });
  });

  it.each([PRODUCTION, {}])(
    'SE-09 is one that every browser takes on http://localhost: %j',
    (mode) => {
      expect(cookie({ ...mode, BASE_URL: 'http://localhost' })).toEqual({
        name: 'latchkey-session',
        options: { httpOnly: true, secure: false, sameSite: 'lax', path: '/' },
      });
    },
  );

  it('has another name on each port, since browsers keep one jar for all ports of a host', () => {
    const names = ['http://localhost:3000', 'http://localhost:8080', 'http://localhost'].map(
      (BASE_URL) => cookie({ BASE_URL }).name,
    );
    expect(names).toEqual(['latchkey-3000-session', 'latchkey-8080-session', 'latchkey-session']);
  });

  it('has the prefix that is set, and no other', () => {
    const own = { COOKIE_PREFIX: 'acme', BASE_URL: 'http://localhost:8080' };
    expect(cookie(own).name).toBe('acme-session');
  });

  it.each(['a b', 'a=b', 'a;b', 'ä', '__Host-a', 'a'.repeat(33)])(
    'FA-13 has no prefix that is no part of a name: %j',
    (COOKIE_PREFIX) => {
      expect(() => cookie({ COOKIE_PREFIX })).toThrow('COOKIE_PREFIX');
    },
  );
});

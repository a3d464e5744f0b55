import { problemsOf, settingsOf } from '../../../test/support/config.js';
import { OAuthSettings } from './oauth.settings.js';
import { addressVariables, type ProviderSettings } from './provider-settings.js';
import { providers } from './providers.js';

const KEYS = {
  GOOGLE_CLIENT_ID: '4711.apps.googleusercontent.com',
  GOOGLE_CLIENT_SECRET: 'GOCSPX-9f2k',
};

/** All addresses of a provider, at one installation. */
function installation(id: string, base: string, change: Record<string, string> = {}) {
  const prefix = id.toUpperCase();
  return {
    [`${prefix}_AUTHORIZATION_URL`]: `${base}/oauth/authorize`,
    [`${prefix}_TOKEN_URL`]: `${base}/token`,
    [`${prefix}_USERINFO_URL`]: `${base}/user`,
    [`${prefix}_REVOCATION_URL`]: `${base}/revoke`,
    ...(id === 'github' && { GITHUB_EMAILS_URL: `${base}/emails` }),
    ...change,
  };
}

const MODE = { production: { NODE_ENV: 'production' }, development: { NODE_ENV: '' } };

function problems(variables: Record<string, string>, mode = MODE.production): readonly string[] {
  return problemsOf(OAuthSettings, { ...mode, ...variables });
}

function read(variables: Record<string, string>): readonly ProviderSettings[] {
  return settingsOf(OAuthSettings, { ...MODE.production, ...variables }).providers;
}

function ids(variables: Record<string, string>): string[] {
  return read(variables).map(({ provider }) => provider.id);
}

describe('the settings of providers', () => {
  it('offer those that have keys, and no others', () => {
    expect(ids({})).toEqual([]);
    expect(ids(KEYS)).toEqual(['google']);
    expect(ids({ ...KEYS, GITHUB_CLIENT_ID: 'Iv1.4711', GITHUB_CLIENT_SECRET: 'b8f3' })).toEqual([
      'google',
      'github',
    ]);
  });

  it('are read without the spaces and line breaks at their ends', () => {
    const [google] = read({
      GOOGLE_CLIENT_ID: ' 4711.apps.googleusercontent.com\n',
      GOOGLE_CLIENT_SECRET: 'GOCSPX-9f2k\r\n',
      ...installation('google', 'https://login.example.org', {
        GOOGLE_TOKEN_URL: ' https://login.example.org/token ',
      }),
    });
    expect(google?.client).toEqual({
      clientId: '4711.apps.googleusercontent.com',
      clientSecret: 'GOCSPX-9f2k',
    });
    expect(google?.endpoints.tokenURL).toBe('https://login.example.org/token');
    expect(ids({ GOOGLE_CLIENT_ID: ' ', GOOGLE_CLIENT_SECRET: '\n' })).toEqual([]);
  });

  it('are at the providers’ own addresses, or at others that are set', () => {
    const [plain] = read(KEYS);
    expect(plain?.endpoints.tokenURL).toBe('https://oauth2.googleapis.com/token');
    const [set] = read({ ...KEYS, ...installation('google', 'https://login.example.org') });
    expect(set?.endpoints).toEqual({
      ...plain?.endpoints,
      authorizationURL: 'https://login.example.org/oauth/authorize',
      tokenURL: 'https://login.example.org/token',
      userInfoURL: 'https://login.example.org/user',
      revocationURL: 'https://login.example.org/revoke',
    });
  });

  it('take the Graph version that is set', () => {
    const keys = { FACEBOOK_CLIENT_ID: '4711', FACEBOOK_CLIENT_SECRET: 'b8f3' };
    const [facebook] = read({ ...keys, FACEBOOK_GRAPH_VERSION: 'v99.0' });
    expect(Object.values(facebook?.endpoints ?? {}).every((url) => url.includes('/v99.0/'))).toBe(
      true,
    );
  });

  describe.each(providers.map(({ id }) => id))('FA-13 of %s', (id) => {
    const [name, secret] = [`${id.toUpperCase()}_CLIENT_ID`, `${id.toUpperCase()}_CLIENT_SECRET`];
    const keys = { [name]: 'Iv1.4711', [secret]: 'b8f3c9' };

    it('may not be set by half', () => {
      expect(problems(keys)).toEqual([]);
      expect(problems({ [name]: 'Iv1.4711' })).toEqual([
        `${secret} is missing, though ${name} is set: set both, or none to do without.`,
      ]);
      expect(problems({ [secret]: 'b8f3c9', [name]: '' })).toEqual([
        `${name} is missing, though ${secret} is set: set both, or none to do without.`,
      ]);
      expect(problems({ [name]: 'Iv1.4711' }, MODE.development)).toHaveLength(1);
    });

    it.each(['change-me', 'your-client-id', 'xxxxxxxx', 'example', 'client_secret', 'placeholder'])(
      'may not be the example %s',
      (example) => {
        for (const variable of [name, secret]) {
          expect(problems({ ...keys, [variable]: example })).toEqual([
            `${variable} looks like an example.`,
          ]);
        }
      },
    );

    it.each([
      'http://login.example.org/token',
      'http://127.0.0.1:4000/token',
      'login.example.org/token',
      'ftp://login.example.org',
      'javascript:alert(1)',
      '//login.example.org',
    ])('may not be at %s in production', (address) => {
      for (const suffix of ['AUTHORIZATION_URL', 'TOKEN_URL', 'USERINFO_URL', 'REVOCATION_URL']) {
        const variable = `${id.toUpperCase()}_${suffix}`;
        const own = installation(id, 'https://login.example.org', { [variable]: address });
        expect(problems({ ...keys, ...own })).toEqual([
          `${variable} must be an absolute https:// address.`,
        ]);
      }
    });

    it('may be at a loopback address in development, and at no other without https', () => {
      const variable = `${id.toUpperCase()}_TOKEN_URL`;
      for (const host of ['127.0.0.1:4000', 'localhost', '[::1]:4000']) {
        const own = installation(id, `http://${host}`);
        expect(problems({ ...keys, ...own }, MODE.development)).toEqual([]);
      }
      for (const host of [
        'login.example.org',
        '127.0.0.1.evil.example',
        'localhost.evil.example',
      ]) {
        const own = installation(id, 'https://login.example.org', {
          [variable]: `http://${host}/token`,
        });
        expect(problems({ ...keys, ...own }, MODE.development)).toHaveLength(1);
      }
    });

    it('has all addresses set, or none: one alone would keep the issuer of another installation', () => {
      const all = installation(id, 'https://login.example.org');
      expect(problems({ ...keys, ...all })).toEqual([]);
      for (const [variable, address] of Object.entries(all)) {
        const [one, ...others] = problems({ ...keys, [variable]: address });
        expect(others).toEqual([]);
        for (const missing of Object.keys(all).filter((each) => each !== variable)) {
          expect(one).toContain(missing);
        }
        const rest = Object.entries(all).filter(([each]) => each !== variable);
        expect(problems({ ...keys, ...Object.fromEntries(rest) })).toEqual([
          expect.stringMatching(new RegExp(`^${variable} is missing, though `)),
        ]);
      }
    });
  });

  it.each([
    ['google', '/o/oauth2/v2/auth'],
    ['github', '/login/oauth/authorize'],
    ['facebook', '/v23.0/dialog/oauth'],
    ['facebook', '/dialog/oauth'],
    ['gitlab', '/oauth/authorize'],
  ])('OA-09 have one issuer of %s in every spelling, and one for each path (%s)', (id, path) => {
    const issuerAt = (address: string) => {
      const [name, secret] = [`${id.toUpperCase()}_CLIENT_ID`, `${id.toUpperCase()}_CLIENT_SECRET`];
      const change = { [`${id.toUpperCase()}_AUTHORIZATION_URL`]: address };
      const own = installation(id, 'https://login.example.org', change);
      return read({ [name]: 'Iv1.4711', [secret]: 'b8f3c9', ...own })[0]?.issuer;
    };
    for (const base of ['https://login.example.org', 'https://LOGIN.example.org:443']) {
      for (const end of ['', '/', '?', '?a=b', '#c', '/?a=b#c']) {
        expect(issuerAt(`${base}${path}${end}`)).toBe('https://login.example.org');
      }
    }
    expect(issuerAt(`https://login.example.org/below${path}`)).toBe(
      'https://login.example.org/below',
    );
    expect(issuerAt(`https://login.example.org/Below${path}`)).toBe(
      'https://login.example.org/Below',
    );
    expect(issuerAt('https://login.example.org/elsewhere')).toBe(
      'https://login.example.org/elsewhere',
    );
  });

  it('OA-09 have the issuers of the real providers, whatever the version', () => {
    const issuers = providers.map((provider) => [
      provider.id,
      provider.issuer(provider.endpoints({ FACEBOOK_GRAPH_VERSION: 'v99.0' })),
    ]);
    expect(issuers).toEqual([
      ['google', 'https://accounts.google.com'],
      ['github', 'https://github.com'],
      ['facebook', 'https://www.facebook.com'],
      ['gitlab', 'https://gitlab.com'],
    ]);
  });

  it('FA-13 name every mistake at once, and no secret', () => {
    const all = problems({
      GOOGLE_CLIENT_ID: '4711',
      GITHUB_CLIENT_ID: 'Iv1.4711',
      GITHUB_CLIENT_SECRET: 'change-me-b8f3c9',
      GITHUB_EMAILS_URL: 'http://api.example.org/emails',
    });
    expect(all).toHaveLength(4);
    expect(all.join(' ')).not.toContain('b8f3c9');
  });

  it('can say the addresses of a stub', () => {
    const [google] = providers;
    if (!google) throw new Error('The list is empty');
    const variables = addressVariables(google, google.endpoints({}));
    const [set] = read({ ...KEYS, ...variables });
    expect(set?.endpoints).toEqual(google.endpoints({}));
  });
});

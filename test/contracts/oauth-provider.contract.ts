import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Endpoints, OAuthProvider } from '../../src/oauth/providers/oauth-provider.js';
import { keyNames } from '../../src/oauth/providers/provider-settings.js';
import { type Harness, harness } from '../support/provider-harness.js';

const BASE_URL = 'http://localhost:3000';
const CLIENT = { clientId: 'app-4711', clientSecret: 'a secret/of+signs&=?' };

/** A person as a provider's documentation would have them. */
export interface Recorded {
  readonly subject: string;
  readonly name: string | null;
  readonly login: string;
  readonly email: string | null;
  /** Whether the provider says that the address was verified, in its own way. */
  readonly vouched: boolean;
}

/** What a provider sends, letter by letter. */
export interface Recording {
  readonly userInfo: string;
  readonly emails?: string;
}

const nora: Recorded = {
  subject: '110169484474386276334',
  name: 'Nora Field',
  login: 'nora-field',
  email: 'Nora@Example.com',
  vouched: true,
};

/** What every provider of the list does, by its file alone. */
export function oauthProviderContract(provider: OAuthProvider): void {
  describe(`${provider.label} as a provider`, () => {
    let own: Harness;
    beforeEach(() => {
      own = harness(provider, {
        baseUrl: BASE_URL,
        client: CLIENT,
        endpoints: provider.endpoints({}),
      });
    });

    it('has a name that fits into addresses and settings, a label and a picture', () => {
      expect(provider.id).toMatch(/^[a-z]+$/);
      expect(keyNames(provider)).toEqual([
        `${provider.id.toUpperCase()}_CLIENT_ID`,
        `${provider.id.toUpperCase()}_CLIENT_SECRET`,
      ]);
      expect(provider.label).not.toBe('');
      expect(existsSync(createRequire(import.meta.url).resolve(provider.icon))).toBe(true);
    });

    it('is asked over https alone', () => {
      const addresses = Object.values(provider.endpoints({})) as string[];
      expect(addresses.length).toBeGreaterThanOrEqual(3);
      expect(addresses.filter((address) => new URL(address).protocol !== 'https:')).toEqual([]);
    });

    it('OA-01, OA-02, OA-04 sends people away with a fresh state, a fresh S256 challenge and the configured address', async () => {
      const { authorizationURL } = provider.endpoints({});
      const [one, two] = [new URL(await own.startFlow()), new URL(await own.startFlow())];
      for (const url of [one, two]) {
        expect(url.origin + url.pathname).toBe(authorizationURL);
        const query = Object.fromEntries(url.searchParams);
        expect(query).toMatchObject({
          response_type: 'code',
          client_id: CLIENT.clientId,
          redirect_uri: `${BASE_URL}/oauth/${provider.id}/callback`,
          code_challenge_method: 'S256',
          code_challenge: createHash('sha256')
            .update(own.verifierOf(query['state'] ?? ''))
            .digest('base64url'),
        });
        expect((query['scope'] ?? '').split(/[ ,]/)).toEqual(provider.scope);
        expect(query['state']).toMatch(/^[\w-]{32,}$/);
        expect(own.verifierOf(query['state'] ?? '')).toMatch(/^[\w-]{43,128}$/);
        expect(url.href).not.toContain(encodeURIComponent(CLIENT.clientSecret));
      }
      expect(one.searchParams.get('state')).not.toBe(two.searchParams.get('state'));
      expect(one.searchParams.get('code_challenge')).not.toBe(
        two.searchParams.get('code_challenge'),
      );
    });

    it('OA-08 refuses an answer that does not name the person', () => {
      for (const answer of [{}, [], { id: '', sub: '' }, { id: null, sub: null }, { id: {} }]) {
        expect(() => provider.profile({ emails: [], ...answer })).toThrow();
      }
      // OpenID Connect, section 2: 255 characters at the most. More would only fill the index.
      const endless = '7'.repeat(256);
      expect(() => provider.profile({ emails: [], id: endless, sub: endless })).toThrow();
    });

    it('takes a grant back with the token in a header or the body, never in the address', async () => {
      const { revocationURL } = provider.endpoints({});
      expect(provider.revocation === undefined).toBe(revocationURL === undefined);
      if (!provider.revocation || revocationURL === undefined) return;
      const request = provider.revocation.request('tok/en+1&2=', CLIENT, revocationURL);
      const address = new URL(request.url);
      expect(['POST', 'DELETE']).toContain(request.method);
      expect(address.origin).toBe(new URL(revocationURL).origin);
      expect(decodeURIComponent(address.href)).not.toMatch(/[{}]|tok\/en|a secret/);
      const body = await request.text();
      const inBody = body.startsWith('{')
        ? Object.values(JSON.parse(body) as object)
        : [...new URLSearchParams(body).values()];
      const said = [...inBody, request.headers.get('authorization')];
      expect(said.some((value) => value === 'tok/en+1&2=' || value === 'Bearer tok/en+1&2=')).toBe(
        true,
      );
    });
  });
}

/**
 * What a provider's answers are read as.
 *
 * @param numeric whether its subjects are JSON numbers
 * @param vouches whether it ever vouches for an address
 * @param record writes the answers as the documentation shows them
 */
export function oauthProfileContract(
  provider: OAuthProvider,
  numeric: boolean,
  vouches: boolean,
  record: (person: Recorded) => Recording,
): void {
  describe(`${provider.label}'s recorded answers`, () => {
    let speaking: Harness;
    beforeAll(async () => {
      const endpoints: Endpoints = provider.endpoints({});
      speaking = harness(provider, { baseUrl: BASE_URL, client: CLIENT, endpoints });
      await speaking.listen();
    });
    afterAll(() => speaking.close());

    const read = async (differs: Partial<Recorded>) =>
      (await speaking.readAs(record({ ...nora, ...differs }))).profile;

    it('are read as the person', async () => {
      expect(await read({})).toEqual({
        subject: nora.subject,
        name: nora.name,
        login: expect.stringMatching(/^(nora-field)?$/),
        verifiedEmail: vouches ? nora.email : null,
      });
      expect(speaking.tokensInAddresses).toBe(0);
    });

    it.each(['1', '9007199254740992', '9007199254740993', '184467440737095516150000'])(
      'OA-09 keep the subject %s exactly',
      async (subject) => {
        expect((await read({ subject })).subject).toBe(subject);
      },
    );

    if (!numeric) {
      it('OA-09 keep the zeros at the start of a subject', async () => {
        expect((await read({ subject: '0042' })).subject).toBe('0042');
        expect((await read({ subject: '42' })).subject).toBe('42');
      });
    }

    it('LK-01 hold no proved address that the provider does not vouch for', async () => {
      expect((await read({ vouched: false })).verifiedEmail).toBeNull();
      expect((await read({ email: null })).verifiedEmail).toBeNull();
    });

    it.each(['', 'x'.repeat(100_000), '<b>{{7*7}}</b>\u202E\u0000"\\', '12345', '{"id":7}'])(
      'OA-12 are read with the name %.20j',
      async (name) => {
        expect(await read({ name, login: name })).toMatchObject({ subject: nora.subject, name });
      },
    );

    it('OA-12 are read without a name', async () => {
      expect(await read({ name: null })).toMatchObject({ subject: nora.subject, name: '' });
    });

    it('OA-08 are refused when they are no answers', async () => {
      const { userInfo, emails } = record(nora);
      for (const broken of ['null', '[]', '7', '"text"', '<html>', '', userInfo.slice(0, -1)]) {
        await expect(
          speaking.readAs({ userInfo: broken, ...(emails && { emails }) }),
        ).rejects.toMatchObject({ code: 'provider-failed' });
      }
      expect((await read({})).subject).toBe(nora.subject);
    });

    it.each([
      '{"access_token":5}',
      '{"access_token":{}}',
      '{"access_token":["t"]}',
      'access_token=t&access_token=t',
      '{"access_token":"quoted\\nin an error"}',
      '{"access_token":"t","refresh_token":5}',
      '{"access_token":"t","refresh_token":{}}',
      `{"access_token":"t","refresh_token":"${'t'.repeat(100_000)}"}`,
    ])(
      'OA-08 are refused with the tokens %.40s',
      async (token) => {
        const reading = speaking.readAs({ ...record(nora), token });
        await expect(reading).rejects.toMatchObject({ code: 'provider-failed' });
      },
      5_000,
    );
  });
}

import { startStubProvider, stubbedProviders } from '../src/stub-provider.js';
import type { StubbedProvider, StubProvider } from '../src/stub-provider.js';
import { TestClient, tokenIn } from './test-client.js';

const strictErrors: Readonly<Record<StubbedProvider, RegExp>> = {
  google: /"error":"(invalid_grant|invalid_client|redirect_uri_mismatch)"/,
  github: /^error=(bad_verification_code|incorrect_client_credentials|redirect_uri_mismatch)&/,
  facebook: /"error":\{"message":".*","type":"OAuthException","code":\d+/,
  gitlab: /"error":"(invalid_grant|invalid_client)"/,
};

let stub: StubProvider;
let client: TestClient;
let now = Date.parse('2026-01-01T00:00:00Z');
beforeAll(async () => {
  stub = await startStubProvider({ now: () => now });
  client = new TestClient(stub);
});
afterAll(() => stub.close());

describe.each(stubbedProviders)('the token endpoint of %s', (provider) => {
  it('takes a code once, and ends its token when the code comes again', async () => {
    const flow = await client.start(provider, 'ordinary');
    const token = tokenIn(await (await client.redeem(flow)).text());
    await refuses(client.redeem(flow));
    expect((await client.userInfo(provider, token)).ok).toBe(false);
  });

  it('refuses a code after 60 seconds', async () => {
    const flow = await client.start(provider, 'ordinary');
    now += 60_000;
    await refuses(client.redeem(flow));
  });

  it.each([
    { code_verifier: 'w'.repeat(43) },
    { code_verifier: '' },
    { redirect_uri: 'http://localhost:3000/callback' },
    { client_secret: 'wrong' },
    { client_id: 'another' },
    { code: 'made-up' },
  ])('refuses %j', async (wrong) => {
    await refuses(client.redeem(await client.start(provider, 'ordinary'), wrong));
  });

  it('refuses a verifier when there was no challenge', async () => {
    const flow = await client.start(provider, 'ordinary', {
      code_challenge: '',
      code_challenge_method: '',
    });
    await refuses(client.redeem(flow));
  });

  it("refuses another provider's code", async () => {
    const elsewhere = stubbedProviders.find((one) => one !== provider) ?? provider;
    const { code } = await client.start(elsewhere, 'ordinary');
    await refuses(client.redeem(await client.start(provider, 'ordinary'), { code }));
  });

  async function refuses(answer: Promise<Response>): Promise<void> {
    const response = await answer;
    // GitHub reports its errors with the status of success.
    expect(response.ok).toBe(provider === 'github');
    expect(await response.text()).toMatch(strictErrors[provider]);
  }
});

describe.each(stubbedProviders)('the user info of %s', (provider) => {
  it('is refused without a token', async () => {
    expect((await client.userInfo(provider, 'made-up')).ok).toBe(false);
  });

  it('answers with a page, with null and without an id', async () => {
    expect(await client.profile(provider, 'userinfo-html')).toMatch(/^<!doctype html>/);
    expect(await client.profile(provider, 'userinfo-null')).toBe('null');
    expect(await client.profile(provider, 'userinfo-no-id')).not.toMatch(/"(id|sub)"/);
    expect(await client.profile(provider, 'no-email')).not.toMatch(/@/);
  });

  it('redirects into a trap that notices', async () => {
    const token = await client.token(provider, 'userinfo-redirect');
    expect((await client.userInfo(provider, token)).url).toBe(`${stub.origin}/${provider}/trap`);
    expect(stub.requests.at(-1)?.endpoint).toBe('trap');
  });

  it('hangs, drips and hangs up', async () => {
    const slow = await client.token(provider, 'userinfo-slow');
    const drips = await client.token(provider, 'userinfo-drips');
    const hangsUp = await client.token(provider, 'userinfo-hangs-up');
    const signal = AbortSignal.timeout(100);
    await expect(client.userInfo(provider, slow, signal)).rejects.toThrow(/timeout/);
    const end = new AbortController();
    const dripping = await client.userInfo(provider, drips, end.signal);
    setTimeout(() => end.abort(), 100);
    await expect(dripping.text()).rejects.toThrow(/aborted/);
    await expect(client.userInfo(provider, hangsUp)).rejects.toThrow('fetch failed');
  });

  it('holds hostile and odd people as they are', async () => {
    expect(JSON.parse(await client.profile(provider, 'hostile'))).toMatchObject({
      name: expect.stringMatching(/<script>.*\{\{7\*7\}\}.*\u202E.*\0/),
    });
    const strings = provider === 'google' || provider === 'facebook';
    const zeros = await client.profile(provider, 'leading-zeros');
    expect(zeros).toMatch(strings ? /"0042"/ : /"id":42,/);
    const long = await client.profile(provider, 'long-number');
    expect(long).toMatch(strings ? /"9007199254740993"/ : /"id":9007199254740993,/);
  });
});

describe.each(stubbedProviders)('revocation at %s', (provider) => {
  it("ends the person's tokens", async () => {
    const first = await client.token(provider, 'another');
    const second = await client.token(provider, 'another');
    expect((await client.revoke(provider, first)).ok).toBe(true);
    expect(stub.revoked.at(-1)).toBe(`${provider}:100000000000002`);
    expect((await client.userInfo(provider, second)).ok).toBe(false);
  });

  it('fails for those whose behaviour it is, and leaves the grant', async () => {
    const token = await client.token(provider, 'revocation-500');
    const before = stub.revoked.length;
    expect((await client.revoke(provider, token)).status).toBe(500);
    expect(stub.revoked).toHaveLength(before);
  });

  it('needs the secret where the provider asks for it', async () => {
    const token = await client.token(provider, 'another');
    expect((await client.revoke(provider, token, 'wrong')).ok).toBe(provider === 'google');
  });
});

it('floods with 50 MB that are still well formed, as JSON and as a form', async () => {
  const profile = await client.profile('google', 'userinfo-huge');
  expect(profile.length).toBeGreaterThan(50 * 1024 * 1024);
  expect(JSON.parse(profile)).toHaveProperty('name', 'Ada Lovelace');
  const form = await (await client.redeem(await client.start('github', 'token-huge'))).text();
  expect(form.length).toBeGreaterThan(50 * 1024 * 1024);
  expect(new URLSearchParams(form).get('token_type')).toBe('bearer');
});

it('takes no connection after it was closed', async () => {
  const other = await startStubProvider();
  await other.close();
  await expect(fetch(other.origin)).rejects.toThrow('fetch failed');
});

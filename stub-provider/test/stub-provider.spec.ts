import { createHash } from 'node:crypto';
import { startStubProvider, stubbedProviders } from '../src/stub-provider.js';
import type { StubbedProvider, StubProvider } from '../src/stub-provider.js';
import { authenticate, queryOf, strategyFor } from './strategies.js';
import type { Result } from './strategies.js';

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterAll(() => stub.close());

describe('the real strategies, against the stub', () => {
  it('get a Google profile with the verified flag', async () => {
    const { user } = await signIn('google', 'ordinary');
    expect(user).toMatchObject({
      id: '100000000000001',
      displayName: 'Ada Lovelace',
      name: { givenName: 'Ada', familyName: 'Lovelace' },
      emails: [{ value: 'ada@example.com', verified: true }],
      photos: [{ value: 'https://example.com/ada.png' }],
    });
  });

  it('get a GitHub profile with the e-mails and their flags', async () => {
    const { user } = await signIn('github', 'unverified-email');
    expect(user).toMatchObject({
      id: '100000000000005',
      username: 'una',
      emails: [
        { value: '100000000000005+una@users.noreply.github.com', primary: false, verified: true },
        { value: 'una@example.com', primary: true, verified: false },
      ],
    });
  });

  it('get a Facebook profile of just the fields that were asked for', async () => {
    const { user } = await signIn('facebook', 'ordinary');
    expect(user).toMatchObject({ emails: [{ value: 'ada@example.com' }] });
    expect(user?.['_json']).toEqual({
      id: '100000000000001',
      name: 'Ada Lovelace',
      email: 'ada@example.com',
    });
  });

  it('get a GitLab profile with the time of confirmation', async () => {
    const { user } = await signIn('gitlab', 'another');
    expect(user).toMatchObject({ id: 100000000000002, email: 'grace@example.com' });
    expect(user?.['confirmed_at']).toEqual(expect.any(String));
  });

  it.each(stubbedProviders)(
    'send a fresh S256 challenge and its verifier to %s',
    async (provider) => {
      const before = stub.requests.length;
      await signIn(provider, 'ordinary');
      await signIn(provider, 'ordinary');
      const received = stub.requests.slice(before);
      const challenges = received
        .filter(({ endpoint }) => endpoint === 'authorize')
        .map(({ query }) => query['code_challenge']);
      const verifiers = received
        .filter(({ endpoint }) => endpoint === 'token')
        .map(({ body }) => body['code_verifier'] ?? '');
      expect(new Set(challenges).size).toBe(2);
      expect(verifiers.map(s256)).toEqual(challenges);
    },
  );

  it.each(stubbedProviders)(
    'fail, without an error, when the person declines at %s',
    async (provider) => {
      const { kind } = await signIn(provider, 'denies');
      expect(kind).toBe('fail');
    },
  );

  it.each(stubbedProviders)('report that %s is out of order', async (provider) => {
    const { kind, problem } = await signIn(provider, 'authorize-fails');
    expect([kind, problem]).toEqual(['error', expect.any(Error)]);
  });

  it.each(stubbedProviders)('report a token endpoint that breaks at %s', async (provider) => {
    const { kind } = await signIn(provider, 'token-500');
    expect(kind).toBe('error');
  });

  it.each(stubbedProviders)('report a wrong client secret at %s', async (provider) => {
    const { kind } = await signIn(provider, 'ordinary', 'not the secret');
    expect(kind).toBe('error');
  });

  it.each(stubbedProviders)('report a page instead of a profile at %s', async (provider) => {
    const { kind } = await signIn(provider, 'userinfo-html');
    expect(kind).toBe('error');
  });

  it('keep long and zero-padded ids where ids are strings', async () => {
    const google = await signIn('google', 'long-number');
    const facebook = await signIn('facebook', 'leading-zeros');
    expect([google.user?.['id'], facebook.user?.['id']]).toEqual(['9007199254740993', '0042']);
  });

  it('get long ids of GitHub exactly in the raw answer alone', async () => {
    const { user } = await signIn('github', 'long-number');
    const neighbour = await signIn('github', 'long-number-neighbour');
    expect(user?.['_raw']).toContain('"id":9007199254740993,');
    // Both are the same double: why a client must not take the parsed number for the subject.
    expect(user?.['id']).toBe(neighbour.user?.['id']);
  });

  it('refuse a callback with a state that was touched', async () => {
    const strategy = strategyFor(stub, 'google');
    const session = {};
    const { url = '' } = await authenticate(strategy, session, {});
    const callback = new URL(await stub.decide(url, 'ordinary'));
    callback.searchParams.set('state', 'touched');
    const { kind } = await authenticate(strategy, session, queryOf(callback));
    expect(kind).toBe('fail');
  });
});

/** The whole flow: to the provider, the person's decision, and back. */
async function signIn(
  provider: StubbedProvider,
  person: string,
  clientSecret?: string,
): Promise<Result> {
  const strategy = strategyFor(stub, provider, clientSecret);
  const session = {};
  const { url = '' } = await authenticate(strategy, session, {});
  const callback = new URL(await stub.decide(url, person));
  return authenticate(strategy, session, queryOf(callback));
}

function s256(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

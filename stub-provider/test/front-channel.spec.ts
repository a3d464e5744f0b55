import { request as httpRequest } from 'node:http';
import { people, startStubProvider, stubbedProviders } from '../src/stub-provider.js';
import type { StubbedProvider, StubProvider } from '../src/stub-provider.js';
import { TestClient } from './test-client.js';

const verifier = 'v'.repeat(43);

let stub: StubProvider;
let client: TestClient;
beforeAll(async () => {
  stub = await startStubProvider();
  client = new TestClient(stub);
});
afterAll(() => stub.close());

describe.each(stubbedProviders)('the consent page of %s', (provider) => {
  it('says that it pretends, and offers everybody', async () => {
    const page = await open(client.authorizeUrl(provider, verifier));
    expect(page).toMatch(/Stub provider — pretends to be \w+\. Development only\./);
    const offered = [...page.matchAll(/name="person" value="([\w-]+)"/g)].map(([, id]) => id);
    const everybody = people.flatMap((group) => group.people.map(({ id }) => id));
    expect(everybody.filter((id) => !offered.includes(id))).toEqual(
      provider === 'github'
        ? []
        : ['emails-500', 'emails-403', 'emails-404', 'emails-html', 'emails-null'],
    );
  });

  it('sends the chosen person back with a code and the state untouched', async () => {
    const callback = await press(provider, { person: 'ordinary' });
    expect(callback.href).toContain(client.redirectUri);
    expect(callback.searchParams.get('state')).toBe('a state & <more>');
    expect(callback.searchParams.get('code')).toMatch(/stub-code-/);
    expect(callback.hash).toBe(provider === 'facebook' ? '#_=_' : '');
  });

  it('lets a developer be anybody', async () => {
    const somebody = { subject: '77', name: 'Who Ever', email: '', login: 'whoever' };
    const code = (await press(provider, somebody)).searchParams.get('code') ?? '';
    const answer = await (await client.redeem({ ...(await blank(provider)), code })).text();
    const token = /stub-access-[\w-]+/.exec(answer)?.[0] ?? '';
    const prefix = { google: 'ya29.', github: 'gho_', facebook: 'EAA', gitlab: '' }[provider];
    const profile = await (await client.userInfo(provider, prefix + token)).text();
    expect(profile).toMatch(/"(id|sub)":"?77"?,/);
    expect(profile).toContain('Who Ever');
  });

  it('sends those back who decline, each provider in its own words', async () => {
    const callback = await press(provider, { person: 'denies' });
    expect(callback.searchParams.get('error')).toBe('access_denied');
    expect(callback.searchParams.has('code')).toBe(false);
    expect(callback.searchParams.get('state')).toBe('a state & <more>');
  });

  it('names an issuer where the provider does, and a wrong one for the asking', async () => {
    const right = await press(provider, { person: 'ordinary' });
    expect(right.searchParams.get('iss')).toBe(stub.endpoints(provider).issuer ?? null);
    const wrong = await press(provider, { person: 'wrong-issuer' });
    expect(wrong.searchParams.get('iss')).toBe(`${stub.origin}/${provider}-of-somebody-else`);
  });

  it('goes through a second host and returns from there, once', async () => {
    const detour = await press(provider, { person: 'second-host' });
    expect(detour.host).toBe(new URL(stub.origin).host.replace('127.0.0.1', 'localhost'));
    const onward = await fetch(detour, { redirect: 'manual' });
    expect(onward.headers.get('location')).toContain(client.redirectUri);
    expect((await fetch(detour, { redirect: 'manual' })).status).toBe(400);
  });

  it.each([
    { client_id: 'another' },
    { redirect_uri: '' },
    { redirect_uri: 'https://evil.example/callback' },
    { redirect_uri: 'http://localhost.evil.example/' },
    { redirect_uri: 'http://localhost:3000/#fragment' },
    { redirect_uri: 'http://user@localhost:3000/' },
    { redirect_uri: 'javascript:alert(1)//localhost' },
    { response_type: 'token' },
    { code_challenge_method: 'plain' },
    { code_challenge_method: '' },
    { code_challenge: 'too-short' },
    { code_challenge: '' },
  ])('answers %j with a page, and never sends anybody back', async (wrong) => {
    const address = client.authorizeUrl(provider, verifier, wrong);
    expect((await fetch(address, { redirect: 'manual' })).status).toBe(400);
    const form = { request: new URL(address).search.slice(1), person: 'ordinary' };
    expect((await post(provider, form)).status).toBe(400);
    await expect(stub.decide(address, 'ordinary')).rejects.toThrow(/must|No application/);
  });

  it('refuses a parameter that is sent twice', async () => {
    const address = client.authorizeUrl(provider, verifier);
    expect((await fetch(`${address}&state=second`)).status).toBe(400);
  });

  it("refuses another site's form, nobody, and a nobody", async () => {
    const form = { request: query(provider), person: 'ordinary' };
    const crossSite = { 'sec-fetch-site': 'cross-site' };
    expect((await post(provider, form, crossSite)).status).toBe(400);
    expect((await post(provider, { request: query(provider) })).status).toBe(400);
    expect((await post(provider, { ...form, person: 'nobody' })).status).toBe(400);
  });
});

it('escapes what the request brings along', async () => {
  const page = await open(client.authorizeUrl('gitlab', verifier, { scope: '<b>"&' }));
  expect(page).toContain('&#60;b&#62;&#34;&#38;');
  expect(page).not.toContain('<b>');
});

it('names those whom it knows when a test asks for somebody else', async () => {
  const address = client.authorizeUrl('google', verifier);
  await expect(stub.decide(address, 'nobody')).rejects.toThrow(/"nobody".*ordinary, another/);
});

it('answers to loopback names only', async () => {
  expect(await statusFor('evil.example')).toBe(421);
  expect(await statusFor('127.0.0.1.evil.example')).toBe(421);
  expect(await statusFor('localhost:1')).toBe(404);
});

it('does not start in production', async () => {
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    await expect(startStubProvider()).rejects.toThrow(/does not start in production/);
  } finally {
    process.env['NODE_ENV'] = before;
  }
});

it('says so when its port is taken', async () => {
  const port = Number(new URL(stub.origin).port);
  await expect(startStubProvider({ port })).rejects.toThrow(/EADDRINUSE/);
});

async function open(address: string): Promise<string> {
  return (await fetch(address)).text();
}

function query(provider: StubbedProvider): string {
  return new URL(client.authorizeUrl(provider, verifier)).search.slice(1);
}

/** A flow without its code. */
async function blank(provider: StubbedProvider) {
  const flow = await client.start(provider, 'ordinary');
  return { ...flow, verifier };
}

async function press(
  provider: StubbedProvider,
  choice: Readonly<Record<string, string>>,
): Promise<URL> {
  const answer = await post(provider, { request: query(provider), ...choice });
  return new URL(answer.headers.get('location') ?? '');
}

function post(
  provider: StubbedProvider,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${stub.origin}/${provider}/decide`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers,
    redirect: 'manual',
  });
}

/** The status for a Host header, which fetch would not send. */
function statusFor(host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(stub.origin, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once('error', reject).end();
  });
}

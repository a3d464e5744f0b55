import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Person, StubbedProvider, StubProvider } from '../src/stub-provider.js';

/** What a client knows at the callback. */
export interface Flow {
  readonly provider: StubbedProvider;
  readonly callback: URL;
  readonly code: string;
  readonly verifier: string;
}

const scopes: Readonly<Record<StubbedProvider, string>> = {
  google: 'profile email',
  github: 'read:user,user:email',
  facebook: 'email',
  gitlab: 'read_user',
};

/** The application's side of the protocol, written out, so that every part can be wrong. */
export class TestClient {
  readonly redirectUri = 'http://localhost:3000/callback?of=this';

  constructor(private readonly stub: StubProvider) {}

  /** An authorize address; an empty text leaves a parameter out. */
  authorizeUrl(
    provider: StubbedProvider,
    verifier: string,
    changes: Readonly<Record<string, string>> = {},
  ): string {
    const url = new URL(this.stub.endpoints(provider).authorizationURL);
    const parameters = {
      response_type: 'code',
      client_id: this.stub.credentials(provider).clientId,
      redirect_uri: this.redirectUri,
      scope: scopes[provider],
      state: 'a state & <more>',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...changes,
    };
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== '') url.searchParams.set(name, value);
    }
    return url.href;
  }

  /** The flow up to the callback: the person decides, and a code comes back. */
  async start(
    provider: StubbedProvider,
    person: string | Partial<Person>,
    changes: Readonly<Record<string, string>> = {},
  ): Promise<Flow> {
    const verifier = randomBytes(32).toString('base64url');
    const address = this.authorizeUrl(provider, verifier, changes);
    const callback = new URL(await this.stub.decide(address, person));
    return { provider, callback, code: callback.searchParams.get('code') ?? '', verifier };
  }

  /** Redeems the code of a flow, with these parts of the request wrong. */
  redeem(
    { provider, code, verifier }: Flow,
    wrong: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const { clientId, clientSecret } = this.stub.credentials(provider);
    const form = {
      grant_type: 'authorization_code',
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uri: this.redirectUri,
      code,
      code_verifier: verifier,
      ...wrong,
    };
    const body = new URLSearchParams(form);
    return fetch(this.stub.endpoints(provider).tokenURL, { method: 'POST', body });
  }

  /** A token for this person, all the way. */
  async token(provider: StubbedProvider, person: string | Partial<Person>): Promise<string> {
    return tokenIn(await (await this.redeem(await this.start(provider, person))).text());
  }

  /** Asks who the token's person is. */
  userInfo(
    provider: StubbedProvider,
    token: string,
    signal: AbortSignal | null = null,
  ): Promise<Response> {
    const url = new URL(this.stub.endpoints(provider).userInfoURL);
    if (provider === 'facebook') {
      url.searchParams.set('fields', 'id,name,email,picture');
      url.searchParams.set('appsecret_proof', this.proof(token));
    }
    return fetch(url, { headers: { authorization: `Bearer ${token}` }, signal });
  }

  /** The profile of this person as it goes over the wire. */
  async profile(provider: StubbedProvider, person: string | Partial<Person>): Promise<string> {
    return (await this.userInfo(provider, await this.token(provider, person))).text();
  }

  /** Revokes a grant, as its provider wants it. */
  revoke(
    provider: StubbedProvider,
    token: string,
    secret = this.stub.credentials(provider).clientSecret,
  ): Promise<Response> {
    const url = this.stub.endpoints(provider).revocationURL;
    const { clientId } = this.stub.credentials(provider);
    if (provider === 'github') {
      const basic = Buffer.from(`${clientId}:${secret}`).toString('base64');
      const headers = { authorization: `Basic ${basic}`, 'content-type': 'application/json' };
      return fetch(url, {
        method: 'DELETE',
        headers,
        body: JSON.stringify({ access_token: token }),
      });
    }
    const form: Readonly<Record<string, string>> =
      provider === 'facebook'
        ? { access_token: token, appsecret_proof: this.proof(token, secret) }
        : { token, client_id: clientId, client_secret: secret };
    return fetch(url, {
      method: provider === 'facebook' ? 'DELETE' : 'POST',
      body: new URLSearchParams(form),
    });
  }

  private proof(token: string, secret = this.stub.credentials('facebook').clientSecret): string {
    return createHmac('sha256', secret).update(token).digest('hex');
  }
}

/** The access token of a token answer, in JSON or as a form. */
export function tokenIn(answer: string): string {
  return /"?access_token"?[:=]"?([\w.-]+)/.exec(answer)?.[1] ?? '';
}

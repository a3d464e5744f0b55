import { createHash, randomBytes } from 'node:crypto';
import type { AuthorizationRequest } from './authorization-request.js';
import type { Person } from './person.js';
import type { StubClient, StubbedProvider } from './protocol.js';

/** RFC 6749 section 4.1.2 allows ten minutes at most; a redirect needs seconds. */
const codeLifetime = 60_000;

/** What a person allowed: the authorization grant behind an access token (RFC 7009 section 2.1). */
export interface Grant {
  readonly token: string;
  readonly provider: StubbedProvider;
  readonly person: Person;
  readonly scopes: readonly string[];
  readonly offline: boolean;
}

/** Why the token endpoint refuses; each dialect words it in its own way. */
export type Refusal =
  | 'wrong-client'
  | 'unsupported-grant-type'
  | 'unknown-code'
  | 'used-code'
  | 'expired-code'
  | 'redirect-mismatch'
  | 'wrong-verifier';

/** What a client presents at the token endpoint. */
export interface CodePresented extends StubClient {
  readonly grantType: string | undefined;
  readonly code: string | undefined;
  readonly redirectUri: string | undefined;
  readonly verifier: string | undefined;
}

interface Code {
  readonly request: AuthorizationRequest;
  readonly person: Person;
  readonly expires: number;
  /** The access token that the code was redeemed for; `null` until then. */
  token: string | null;
}

/** The codes and tokens of all stubbed providers, in memory. */
export class Grants {
  private readonly codes = new Map<string, Code>();
  private readonly tokens = new Map<string, Grant>();

  constructor(private readonly now: () => number) {}

  /** An authorization code for what this person just allowed. */
  issueCode(request: AuthorizationRequest, person: Person): string {
    for (const [code, { expires }] of this.codes)
      if (expires <= this.now()) this.codes.delete(code);
    // Google's codes hold a slash, which a client must encode and decode properly.
    const prefix = request.provider === 'google' ? '4/' : '';
    const code = `${prefix}stub-code-${randomBytes(24).toString('base64url')}`;
    this.codes.set(code, { request, person, expires: this.now() + codeLifetime, token: null });
    return code;
  }

  /** Redeems a code, once. A code that is presented wrongly is spent as well. */
  redeem(provider: StubbedProvider, client: StubClient, presented: CodePresented): Grant | Refusal {
    if (presented.clientId !== client.clientId) return 'wrong-client';
    if (presented.clientSecret !== client.clientSecret) return 'wrong-client';
    if (presented.grantType !== 'authorization_code') return 'unsupported-grant-type';
    const code = this.codes.get(presented.code ?? '');
    if (!code || code.request.provider !== provider) return 'unknown-code';
    if (code.token !== null) {
      // RFC 6749 section 4.1.2: a code used twice was stolen, so its token ends too.
      this.tokens.delete(code.token);
      return 'used-code';
    }
    code.token = `${tokenPrefix[provider]}stub-access-${randomBytes(24).toString('base64url')}`;
    if (code.expires <= this.now()) return 'expired-code';
    if (presented.redirectUri !== code.request.redirectUri) return 'redirect-mismatch';
    if (!verifies(presented.verifier, code.request.challenge)) return 'wrong-verifier';
    const { token, person, request } = code;
    const { scopes, offline } = request;
    const grant = { token, provider, person, scopes, offline };
    this.tokens.set(token, grant);
    return grant;
  }

  /** The grant of this provider's access token; `null` when it was never issued, or was revoked. */
  find(provider: StubbedProvider, token: string | null): Grant | null {
    const grant = this.tokens.get(token ?? '');
    return grant?.provider === provider ? grant : null;
  }

  /** The grant of this provider's access or refresh token. */
  findByEither(provider: StubbedProvider, token: string | null): Grant | null {
    return this.find(provider, token && token.replace('stub-refresh-', 'stub-access-'));
  }

  /** Ends every token of the grant's person at its provider, as all four do. */
  revoke({ provider, person }: Grant): void {
    for (const [token, grant] of this.tokens) {
      if (grant.provider === provider && grant.person.subject === person.subject) {
        this.tokens.delete(token);
      }
    }
  }
}

/** The grant's refresh token. The stub issues no new access token for it, but revokes by it. */
export function refreshTokenOf({ token }: Grant): string {
  return token.replace('stub-access-', 'stub-refresh-');
}

const tokenPrefix: Readonly<Record<StubbedProvider, string>> = {
  google: 'ya29.',
  github: 'gho_',
  facebook: 'EAA',
  gitlab: '',
};

/** RFC 7636 section 4.6; a verifier without a challenge is a downgrade (RFC 9700 section 2.1.1). */
function verifies(verifier: string | undefined, challenge: string | null): boolean {
  if (challenge === null) return verifier === undefined;
  return (
    createHash('sha256')
      .update(verifier ?? '')
      .digest('base64url') === challenge
  );
}

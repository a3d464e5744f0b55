import { createHash } from 'node:crypto';
import type { AuthorizationRequest } from '../authorization-request.js';
import type { CodePresented, Grant, Refusal } from '../grants.js';
import type {
  Answer,
  StubbedProvider,
  StubClient,
  StubEndpoint,
  StubEndpoints,
  StubRequest,
} from '../protocol.js';

/** Query parameters. */
export type Parameters = Readonly<Record<string, string>>;

/** Where an endpoint lives, below the provider's prefix. */
export interface Route {
  readonly endpoint: StubEndpoint;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: RegExp;
}

/** A call with a token that stands for this grant. */
export interface ApiCall {
  readonly request: StubRequest;
  readonly client: StubClient;
  readonly grant: Grant;
}

/** How one provider speaks OAuth 2.0: its addresses, and the form of every answer. */
export interface Dialect {
  readonly provider: StubbedProvider;
  readonly label: string;
  readonly routes: readonly Route[];
  /** The addresses, on a base without a slash at its end. */
  endpoints(base: string, client: StubClient): StubEndpoints;

  /** What goes back beside `state` when the person declines. */
  readonly denied: Parameters;
  /** What goes back beside `state` when the provider itself fails. */
  readonly failed: Parameters;
  /** What goes back beside `code` and `state`. */
  consented(base: string, request: AuthorizationRequest): Parameters;
  /** What the provider hangs on to the callback address, `#` included. */
  readonly fragment: string;

  tokenGranted(grant: Grant, request: StubRequest): Answer;
  tokenRefused(refusal: Refusal, request: StubRequest): Answer;

  /** The access token of a call to the API, `null` where this provider would not see one. */
  apiToken(request: StubRequest): string | null;
  /** The answer to a call without a token that works. */
  readonly unauthorized: Answer;
  userInfo(call: ApiCall): Answer;
  /** GitHub alone. */
  emails?(call: ApiCall): Answer;

  /** The token to be revoked. */
  revocationToken(request: StubRequest): string | null;
  /** The answer to a revocation; with a status below 300 the grant is gone. */
  revoke(request: StubRequest, client: StubClient, grant: Grant | null): Answer;
}

/** What is presented at a token endpoint: client credentials as Basic or in the form. */
export function presentedCode(request: StubRequest, basic: StubClient | null): CodePresented {
  const { body } = request;
  return {
    clientId: basic?.clientId ?? body['client_id'] ?? '',
    clientSecret: basic?.clientSecret ?? body['client_secret'] ?? '',
    grantType: body['grant_type'],
    code: body['code'],
    redirectUri: body['redirect_uri'],
    verifier: body['code_verifier'],
  };
}

/** The digits of a JSON number for a subject, never rounded to a double. */
export function numericSubject(subject: string): string {
  if (/^\d+$/.test(subject)) return BigInt(subject).toString();
  // Any text may be typed in as a subject: 48 bits of its digest make a stable number.
  return String(createHash('sha256').update(subject).digest().readUIntBE(0, 6));
}

/** A JSON object that begins with a number, written out so that no digit is lost. */
export function withNumericId(digits: string, rest: Readonly<Record<string, unknown>>): string {
  return `{"id":${digits},${JSON.stringify(rest).slice(1)}`;
}

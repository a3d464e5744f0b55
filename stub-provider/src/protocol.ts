import type { IncomingHttpHeaders } from 'node:http';

/** The providers that the stub pretends to be. */
export const stubbedProviders = ['google', 'github', 'facebook', 'gitlab'] as const;
export type StubbedProvider = (typeof stubbedProviders)[number];

/** What the stub was asked for. Its faults redirect to `trap`, which a client must not request. */
export type StubEndpoint =
  | 'authorize'
  | 'decide'
  | 'secondHost'
  | 'token'
  | 'userInfo'
  | 'emails'
  | 'revocation'
  | 'trap'
  | 'unknown';

/** A request as the stub received it; of a repeated parameter the first value. */
export interface StubRequest {
  /** `null` for an address outside every provider. */
  readonly provider: StubbedProvider | null;
  readonly endpoint: StubEndpoint;
  readonly method: string;
  /** Without the provider's prefix and the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** A form or a JSON object of strings; empty for anything else. */
  readonly body: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
}

/** The addresses to configure a provider with. */
export interface StubEndpoints {
  readonly authorizationURL: string;
  readonly tokenURL: string;
  readonly userInfoURL: string;
  /** GitHub alone. */
  readonly emailsURL?: string;
  /** Ready to use: GitHub's holds the client id, Facebook's says `me` for the user id. */
  readonly revocationURL: string;
  /** Google alone: the `iss` of its authorization answers (RFC 9207). */
  readonly issuer?: string;
}

/** The one application that is registered at each provider. */
export interface StubClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What an endpoint sends back. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer in JSON. */
export function json(status: number, value: unknown): Answer {
  return jsonText(status, JSON.stringify(value));
}

/** An answer in JSON that is written already, for numbers beyond what a double holds. */
export function jsonText(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body };
}

/** A page. */
export function html(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

/** A redirect after a form. */
export function seeOther(location: string): Answer {
  return { status: 303, headers: { location }, body: '' };
}

/** The credentials of HTTP Basic authentication, `null` without them. */
export function basicCredentials(request: StubRequest): StubClient | null {
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (encoded === undefined) return null;
  const [clientId = '', ...secret] = Buffer.from(encoded, 'base64').toString().split(':');
  return { clientId, clientSecret: secret.join(':') };
}

/** The token of an Authorization header with this scheme, `null` without one. */
export function headerToken(request: StubRequest, schemes: readonly string[]): string | null {
  const [scheme = '', token = null] = (request.headers.authorization ?? '').split(' ');
  return schemes.includes(scheme.toLowerCase()) ? token : null;
}

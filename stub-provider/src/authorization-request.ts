import type { StubClient, StubbedProvider } from './protocol.js';

/** What an application asks of the person in front of the consent page. */
export interface AuthorizationRequest {
  readonly provider: StubbedProvider;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  /** As it came, to go back untouched. */
  readonly state: string | null;
  /** The S256 challenge of PKCE. */
  readonly challenge: string | null;
  /** Whether Google is asked for a refresh token. */
  readonly offline: boolean;
}

/** A request that is answered with a page: a redirect to its address would be an open redirect. */
export class AuthorizationRefused extends Error {}

/**
 * Reads the query of an authorize address.
 * @throws AuthorizationRefused with a sentence for the developer
 */
export function readAuthorizationRequest(
  provider: StubbedProvider,
  client: StubClient,
  query: URLSearchParams,
): AuthorizationRequest {
  for (const name of query.keys()) {
    refuseIf(query.getAll(name).length > 1, `The parameter ${name} was sent twice.`);
  }
  const redirectUri = query.get('redirect_uri');
  refuseIf(query.get('client_id') !== client.clientId, 'No application has this client_id.');
  if (redirectUri === null || !isLoopback(redirectUri)) {
    throw new AuthorizationRefused(
      'The redirect_uri must be an http or https address on localhost, 127.0.0.1 or [::1].',
    );
  }
  refuseIf(query.get('response_type') !== 'code', 'The response_type must be "code".');
  const challenge = query.get('code_challenge');
  const method = query.get('code_challenge_method');
  refuseIf(
    (challenge !== null || method !== null) && method !== 'S256',
    'The code_challenge_method must be S256.',
  );
  refuseIf(
    method !== null && !/^[\w-]{43}$/.test(challenge ?? ''),
    'The code_challenge must be the base64url form of a SHA-256 digest.',
  );
  const scopes = (query.get('scope') ?? '').split(/[ ,]+/).filter((scope) => scope !== '');
  const offline = query.get('access_type') === 'offline';
  return { provider, redirectUri, scopes, state: query.get('state'), challenge, offline };
}

/** The registered redirect addresses: any on this machine, without a fragment or credentials. */
function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password } = new URL(address);
  return (
    ['http:', 'https:'].includes(protocol) &&
    ['localhost', '127.0.0.1', '[::1]'].includes(hostname) &&
    username === '' &&
    password === '' &&
    !address.includes('#')
  );
}

function refuseIf(wrong: boolean, sentence: string): void {
  if (wrong) throw new AuthorizationRefused(sentence);
}

import { basicCredentials, headerToken, json, jsonText } from '../protocol.js';
import { refreshTokenOf } from '../grants.js';
import type { Refusal } from '../grants.js';
import type { Answer } from '../protocol.js';
import { numericSubject, presentedCode, withNumericId } from './dialect.js';
import type { Dialect, Parameters } from './dialect.js';

const badGrant = {
  error: 'invalid_grant',
  error_description:
    'The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.',
};
const errors: Readonly<Record<Refusal, Parameters>> = {
  'wrong-client': {
    error: 'invalid_client',
    error_description:
      'Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.',
  },
  'unsupported-grant-type': {
    error: 'unsupported_grant_type',
    error_description: 'The authorization grant type is not supported by the authorization server.',
  },
  'unknown-code': badGrant,
  'used-code': badGrant,
  'expired-code': badGrant,
  'redirect-mismatch': badGrant,
  'wrong-verifier': badGrant,
};

/** GitLab: RFC 6749 to the letter, numeric ids, `confirmed_at` beside the address. */
export const gitlab: Dialect = {
  provider: 'gitlab',
  label: 'GitLab',
  routes: [
    { endpoint: 'authorize', method: 'GET', path: /^\/oauth\/authorize$/ },
    { endpoint: 'token', method: 'POST', path: /^\/oauth\/token$/ },
    { endpoint: 'userInfo', method: 'GET', path: /^\/api\/v4\/user$/ },
    { endpoint: 'revocation', method: 'POST', path: /^\/oauth\/revoke$/ },
  ],
  endpoints: (base) => ({
    authorizationURL: `${base}/oauth/authorize`,
    tokenURL: `${base}/oauth/token`,
    userInfoURL: `${base}/api/v4/user`,
    revocationURL: `${base}/oauth/revoke`,
  }),

  denied: {
    error: 'access_denied',
    error_description: 'The resource owner or authorization server denied the request.',
  },
  failed: {
    error: 'temporarily_unavailable',
    error_description: 'The authorization server is currently unable to handle the request.',
  },
  consented: () => ({}),
  fragment: '',

  tokenGranted: (grant) =>
    json(200, {
      access_token: grant.token,
      token_type: 'Bearer',
      expires_in: 7200,
      refresh_token: refreshTokenOf(grant),
      scope: grant.scopes.join(' '),
      created_at: Math.floor(Date.now() / 1000),
    }),
  tokenRefused: (refusal) => json(refusal === 'wrong-client' ? 401 : 400, errors[refusal]),

  apiToken: (request) => headerToken(request, ['bearer']) ?? request.query['access_token'] ?? null,
  unauthorized: json(401, {
    error: 'invalid_token',
    error_description: 'Token was revoked. You have to re-authorize from the user.',
  }),
  userInfo({ grant: { person, scopes } }) {
    if (!scopes.some((scope) => scope === 'read_user' || scope === 'api')) return missingScope;
    const profile = {
      username: person.login,
      name: person.name,
      state: 'active',
      avatar_url: person.avatar,
      web_url: `https://gitlab.com/${encodeURIComponent(person.login)}`,
      email: person.email,
      confirmed_at: person.emailVerified === true ? '2024-02-29T12:00:00.000Z' : null,
    };
    return jsonText(200, withNumericId(numericSubject(person.subject), profile));
  },

  revocationToken: ({ body }) => body['token'] ?? null,
  // RFC 7009 section 2.2: a token that is not known counts as revoked.
  revoke(request, client) {
    const { clientId, clientSecret } = presentedCode(request, basicCredentials(request));
    return clientId === client.clientId && clientSecret === client.clientSecret
      ? json(200, {})
      : notThisClient;
  },
};

const missingScope: Answer = json(403, {
  error: 'insufficient_scope',
  error_description: 'The request requires higher privileges than provided by the access token.',
  scope: 'api read_user',
});

const notThisClient: Answer = json(403, {
  error: 'unauthorized_client',
  error_description: 'You are not authorized to revoke this token',
});

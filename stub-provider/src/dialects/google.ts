import { headerToken, json } from '../protocol.js';
import { refreshTokenOf } from '../grants.js';
import type { Refusal } from '../grants.js';
import type { Dialect, Parameters } from './dialect.js';

const errors: Readonly<Record<Refusal, Parameters>> = {
  'wrong-client': {
    error: 'invalid_client',
    error_description: 'The provided client secret is invalid.',
  },
  'unsupported-grant-type': {
    error: 'unsupported_grant_type',
    error_description: 'Invalid grant_type: ',
  },
  'unknown-code': { error: 'invalid_grant', error_description: 'Malformed auth code.' },
  'used-code': { error: 'invalid_grant', error_description: 'Bad Request' },
  'expired-code': { error: 'invalid_grant', error_description: 'Bad Request' },
  'redirect-mismatch': { error: 'redirect_uri_mismatch', error_description: 'Bad Request' },
  'wrong-verifier': { error: 'invalid_grant', error_description: 'Invalid code verifier.' },
};

/** Google: OpenID Connect claims, JSON everywhere, `iss` in the authorization answer. */
export const google: Dialect = {
  provider: 'google',
  label: 'Google',
  routes: [
    { endpoint: 'authorize', method: 'GET', path: /^\/o\/oauth2\/v2\/auth$/ },
    { endpoint: 'token', method: 'POST', path: /^\/token$/ },
    { endpoint: 'userInfo', method: 'GET', path: /^\/v1\/userinfo$/ },
    { endpoint: 'revocation', method: 'POST', path: /^\/revoke$/ },
  ],
  endpoints: (base) => ({
    authorizationURL: `${base}/o/oauth2/v2/auth`,
    tokenURL: `${base}/token`,
    // passport-google-oauth20 reads OpenID claims only from an address that ends in /userinfo.
    userInfoURL: `${base}/v1/userinfo`,
    revocationURL: `${base}/revoke`,
    issuer: base,
  }),

  // Without a description, so a client must have words of its own.
  denied: { error: 'access_denied' },
  failed: { error: 'server_error' },
  consented: (base, { scopes }) => ({
    iss: base,
    scope: scopes.join(' '),
    authuser: '0',
    prompt: 'consent',
  }),
  fragment: '',

  tokenGranted: (grant) =>
    json(200, {
      access_token: grant.token,
      expires_in: 3599,
      ...(grant.offline && { refresh_token: refreshTokenOf(grant) }),
      scope: grant.scopes.join(' '),
      token_type: 'Bearer',
    }),
  tokenRefused: (refusal) => json(refusal === 'wrong-client' ? 401 : 400, errors[refusal]),

  apiToken: (request) => headerToken(request, ['bearer']) ?? request.query['access_token'] ?? null,
  unauthorized: json(401, {
    error: 'invalid_request',
    error_description: 'Invalid Credentials',
  }),
  userInfo({ grant: { person, scopes } }) {
    const [givenName = '', ...familyName] = person.name.split(' ');
    const profile = {
      name: person.name,
      given_name: givenName,
      family_name: familyName.join(' '),
      ...(person.avatar === null ? {} : { picture: person.avatar }),
    };
    const address =
      person.email === null ? {} : { email: person.email, email_verified: person.emailVerified };
    return json(200, {
      sub: person.subject,
      ...(scopes.includes('profile') ? profile : {}),
      ...(scopes.includes('email') ? address : {}),
    });
  },

  revocationToken: ({ body, query }) => body['token'] ?? query['token'] ?? null,
  revoke: (_request, _client, grant) =>
    grant
      ? json(200, {})
      : json(400, { error: 'invalid_token', error_description: 'Token expired or revoked' }),
};

import { basicCredentials, headerToken, json, jsonText } from '../protocol.js';
import type { Grant, Refusal } from '../grants.js';
import type { Answer, StubRequest } from '../protocol.js';
import { numericSubject, withNumericId } from './dialect.js';
import type { Dialect, Parameters } from './dialect.js';

const docs = 'https://docs.github.com/apps/oauth-apps';
const badCode = {
  error: 'bad_verification_code',
  error_description: 'The code passed is incorrect or expired.',
  error_uri: `${docs}#bad-verification-code`,
};
const errors: Readonly<Record<Refusal, Parameters>> = {
  'wrong-client': {
    error: 'incorrect_client_credentials',
    error_description: 'The client_id and/or client_secret passed are incorrect.',
    error_uri: `${docs}#incorrect-client-credentials`,
  },
  'unsupported-grant-type': {
    error: 'unsupported_grant_type',
    error_description: 'The grant type is unsupported.',
  },
  'unknown-code': badCode,
  'used-code': badCode,
  'expired-code': badCode,
  'redirect-mismatch': {
    error: 'redirect_uri_mismatch',
    error_description: 'The redirect_uri MUST match the registered callback URL.',
    error_uri: `${docs}#redirect-uri-mismatch`,
  },
  'wrong-verifier': badCode,
};

/** GitHub: form-encoded token answers with errors at status 200, numeric ids, e-mails apart. */
export const github: Dialect = {
  provider: 'github',
  label: 'GitHub',
  routes: [
    { endpoint: 'authorize', method: 'GET', path: /^\/login\/oauth\/authorize$/ },
    { endpoint: 'token', method: 'POST', path: /^\/login\/oauth\/access_token$/ },
    { endpoint: 'userInfo', method: 'GET', path: /^\/user$/ },
    { endpoint: 'emails', method: 'GET', path: /^\/user\/emails$/ },
    { endpoint: 'revocation', method: 'DELETE', path: /^\/applications\/[^/]+\/grant$/ },
  ],
  endpoints: (base, { clientId }) => ({
    authorizationURL: `${base}/login/oauth/authorize`,
    tokenURL: `${base}/login/oauth/access_token`,
    userInfoURL: `${base}/user`,
    emailsURL: `${base}/user/emails`,
    revocationURL: `${base}/applications/${clientId}/grant`,
  }),

  denied: {
    error: 'access_denied',
    error_description: 'The user has denied your application access.',
    error_uri: `${docs}#access-denied`,
  },
  failed: {
    error: 'application_suspended',
    error_description: 'Your application has been suspended.',
    error_uri: `${docs}#application-suspended`,
  },
  consented: () => ({}),
  fragment: '',

  tokenGranted: ({ token, scopes }, request) =>
    tokenAnswer({ access_token: token, scope: scopes.join(','), token_type: 'bearer' }, request),
  tokenRefused: (refusal, request) => tokenAnswer(errors[refusal], request),

  // A token in the query string has not counted since 2021.
  apiToken: (request) => headerToken(request, ['bearer', 'token']),
  unauthorized: message(401, 'Requires authentication'),
  userInfo({ request, grant: { person } }) {
    if (!request.headers['user-agent']) return withoutUserAgent;
    const digits = numericSubject(person.subject);
    const profile = {
      login: person.login,
      node_id: Buffer.from(`04:User${digits}`).toString('base64'),
      avatar_url: person.avatar ?? '',
      html_url: `https://github.com/${encodeURIComponent(person.login)}`,
      type: 'User',
      site_admin: false,
      name: person.name === '' ? null : person.name,
      // The address that the person shows in public: it says nothing about being verified.
      email: person.email,
    };
    return jsonText(200, withNumericId(digits, profile));
  },
  emails({ request, grant }) {
    if (!request.headers['user-agent']) return withoutUserAgent;
    if (!grant.scopes.some((scope) => scope === 'user' || scope === 'user:email')) {
      return message(404, 'Not Found');
    }
    return json(200, emailsOf(grant));
  },

  revocationToken: ({ body }) => body['access_token'] ?? null,
  revoke(request, client, grant) {
    const basic = basicCredentials(request);
    const known = basic?.clientId === client.clientId && basic.clientSecret === client.clientSecret;
    if (!known) return message(401, 'Bad credentials');
    if (request.path !== `/applications/${client.clientId}/grant`) return message(404, 'Not Found');
    if (!grant) return message(422, 'Validation Failed');
    return { status: 204, headers: {}, body: '' };
  },
};

const withoutUserAgent: Answer = {
  status: 403,
  headers: { 'content-type': 'text/plain' },
  body: 'Request forbidden by administrative rules. Please make sure your request has a User-Agent header.',
};

/** Form-encoded, except for those who ask for JSON. Errors too have status 200. */
function tokenAnswer(parameters: Parameters, request: StubRequest): Answer {
  if (request.headers.accept?.includes('application/json')) return json(200, parameters);
  return {
    status: 200,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: new URLSearchParams(parameters).toString(),
  };
}

/** The primary address, and the one that GitHub itself makes for everybody who has one. */
function emailsOf({ person }: Grant): readonly object[] {
  if (person.email === null) return [];
  const noreply = `${numericSubject(person.subject)}+${person.login}@users.noreply.github.com`;
  return [
    { email: noreply, primary: false, verified: true, visibility: null },
    {
      email: person.email,
      primary: true,
      verified: person.emailVerified,
      visibility: 'private',
    },
  ];
}

function message(status: number, text: string): Answer {
  return json(status, { message: text, documentation_url: 'https://docs.github.com/rest' });
}

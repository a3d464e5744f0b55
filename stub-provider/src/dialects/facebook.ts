import { createHmac } from 'node:crypto';
import { headerToken, json } from '../protocol.js';
import type { Refusal } from '../grants.js';
import type { Answer, StubClient, StubRequest } from '../protocol.js';
import type { Dialect } from './dialect.js';

/** Any Graph version is understood; this one stands in the addresses that the stub gives out. */
const version = 'v23.0';

const refusals: Readonly<Record<Refusal, Answer>> = {
  'wrong-client': error('Error validating client secret.', 'OAuthException', 1),
  'unsupported-grant-type': error('Unsupported grant type', 'OAuthException', 100),
  'unknown-code': error('Invalid verification code format.', 'OAuthException', 100, 36_009),
  'used-code': error('This authorization code has been used.', 'OAuthException', 100, 36_009),
  'expired-code': error('This authorization code has expired.', 'OAuthException', 100, 36_007),
  'redirect-mismatch': error(
    'Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request',
    'OAuthException',
    100,
    36_008,
  ),
  'wrong-verifier': error('Invalid code_verifier', 'OAuthException', 100),
};

/** Facebook: error objects, `appsecret_proof` on every call, `fields=`, no verified flag. */
export const facebook: Dialect = {
  provider: 'facebook',
  label: 'Facebook',
  routes: [
    { endpoint: 'authorize', method: 'GET', path: /^(\/v\d+\.\d+)?\/dialog\/oauth$/ },
    { endpoint: 'token', method: 'POST', path: /^(\/v\d+\.\d+)?\/oauth\/access_token$/ },
    { endpoint: 'userInfo', method: 'GET', path: /^(\/v\d+\.\d+)?\/me$/ },
    { endpoint: 'revocation', method: 'DELETE', path: /^(\/v\d+\.\d+)?\/[^/]+\/permissions$/ },
  ],
  endpoints: (base) => ({
    authorizationURL: `${base}/${version}/dialog/oauth`,
    tokenURL: `${base}/${version}/oauth/access_token`,
    userInfoURL: `${base}/${version}/me`,
    revocationURL: `${base}/${version}/me/permissions`,
  }),

  denied: {
    error: 'access_denied',
    error_code: '200',
    error_description: 'Permissions error',
    error_reason: 'user_denied',
  },
  // No `error`: Facebook's own form, which is outside RFC 6749.
  failed: { error_code: '1349048', error_message: "Can't load URL: the domain isn't included." },
  consented: () => ({}),
  fragment: '#_=_',

  tokenGranted: ({ token }) =>
    json(200, { access_token: token, token_type: 'bearer', expires_in: 5_183_944 }),
  tokenRefused: (refusal) => refusals[refusal],

  apiToken: anyToken,
  unauthorized: error('Invalid OAuth access token.', 'OAuthException', 190),
  userInfo({ request, client, grant }) {
    const { person, scopes } = grant;
    const refused = checkProof(request, client, grant.token);
    if (refused) return refused;
    const [firstName = '', ...lastName] = person.name.split(' ');
    const known: Readonly<Record<string, unknown>> = {
      id: person.subject,
      name: person.name,
      first_name: firstName,
      last_name: lastName.join(' '),
      // Fields that exist but need a permission of their own are left out without an error.
      middle_name: undefined,
      gender: undefined,
      birthday: undefined,
      link: undefined,
      // Facebook says nowhere whether the address is verified.
      email: scopes.includes('email') && person.email !== null ? person.email : undefined,
      picture: person.avatar === null ? undefined : { data: { url: person.avatar } },
    };
    const fields = (request.query['fields'] ?? 'id,name').split(',');
    const unknown = fields.find((field) => !Object.hasOwn(known, field));
    if (unknown !== undefined) {
      const text = `(#100) Tried accessing nonexisting field (${unknown}) on node type (User)`;
      return error(text, 'OAuthException', 100);
    }
    return json(200, Object.fromEntries(['id', ...fields].map((field) => [field, known[field]])));
  },

  revocationToken: anyToken,
  revoke(request, client, grant) {
    if (!grant) return facebook.unauthorized;
    const user = request.path.split('/').at(-2);
    if (user !== 'me' && user !== grant.person.subject) {
      return error('(#100) The user is not the owner of the token', 'OAuthException', 100);
    }
    return checkProof(request, client, grant.token) ?? json(200, { success: true });
  },
};

function anyToken(request: StubRequest): string | null {
  const { query, body } = request;
  return (
    headerToken(request, ['bearer', 'oauth']) ??
    query['access_token'] ??
    body['access_token'] ??
    null
  );
}

/** The setting "Require App Secret": a stolen token is of no use without the secret of the app. */
function checkProof(request: StubRequest, client: StubClient, token: string): Answer | null {
  const proof = request.query['appsecret_proof'] ?? request.body['appsecret_proof'];
  if (proof === undefined) {
    const text = 'API calls from the server require an appsecret_proof argument';
    return error(text, 'GraphMethodException', 100);
  }
  const expected = createHmac('sha256', client.clientSecret).update(token).digest('hex');
  if (proof === expected) return null;
  const text = 'Invalid appsecret_proof provided in the API argument';
  return error(text, 'GraphMethodException', 100);
}

function error(message: string, type: string, code: number, subcode?: number): Answer {
  const details = { message, type, code, error_subcode: subcode, fbtrace_id: 'Astubprovider' };
  return json(400, { error: details });
}

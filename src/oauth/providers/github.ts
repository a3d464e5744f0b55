import { Strategy } from 'passport-github2';
import { type Endpoints, type OAuthProvider, subject, text } from './oauth-provider.js';
import { getJson } from '../passport/get-json.js';

/** https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps */
export const github: OAuthProvider = {
  id: 'github',
  label: 'GitHub',
  icon: 'simple-icons/icons/github.svg',
  scope: ['read:user', 'user:email'],

  endpoints: () => ({
    authorizationURL: 'https://github.com/login/oauth/authorize',
    tokenURL: 'https://github.com/login/oauth/access_token',
    userInfoURL: 'https://api.github.com/user',
    emailsURL: 'https://api.github.com/user/emails',
    revocationURL: 'https://api.github.com/applications/{client_id}/grant',
  }),

  // GitHub Enterprise Server numbers its people by itself.
  issuer: ({ authorizationURL }) => authorizationURL.replace(/\/login\/oauth\/authorize$/, ''),

  strategy(options, endpoints, verify) {
    const strategy = new GitHubStrategy({ ...options, state: 'kept by the store' }, verify);
    strategy.endpoints = endpoints;
    return strategy;
  },

  profile: ({ id, name, login, emails }) => ({
    subject: subject(id),
    name: text(name),
    login: text(login),
    verifiedEmail: primaryVerified(emails),
  }),

  revocation: {
    token: 'access',
    request: (token, { clientId, clientSecret }, url) =>
      new Request(url.replace('{client_id}', encodeURIComponent(clientId)), {
        method: 'DELETE',
        headers: {
          authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
          accept: 'application/vnd.github+json',
          'content-type': 'application/json',
        },
        body: JSON.stringify({ access_token: token }),
      }),
  },
};

// The published strategy drops the "verified" flag, fails for people without an address, and ends the
// process on some answers of the e-mails API.
class GitHubStrategy extends Strategy {
  endpoints: Endpoints;

  override userProfile(
    token: string,
    done: (error?: Error | null, profile?: object) => void,
  ): void {
    const { userInfoURL, emailsURL = '' } = this.endpoints;
    Promise.all([
      getJson(this._oauth2, userInfoURL, token),
      getJson(this._oauth2, emailsURL, token).catch(noneGiven),
    ]).then(
      ([person, emails]) => done(null, { ...person, emails }),
      (error: Error) => done(error),
    );
  }
}

/** GitHub's answers to an application that may not read the addresses: a GitHub App without the permission. */
const WITHHELD: readonly unknown[] = [403, 404];

// An address is no condition of getting in; what else goes wrong is a failure.
function noneGiven(error: unknown): [] {
  if (WITHHELD.includes((error as { statusCode?: unknown }).statusCode)) return [];
  throw error;
}

// The public address of the profile says nothing about being verified; the list of addresses does.
function primaryVerified(emails: unknown): string | null {
  if (!Array.isArray(emails)) throw new Error('The list of addresses is not a list');
  const primary = emails.find(
    (each: { primary?: unknown; verified?: unknown } | null) =>
      each?.primary === true && each.verified === true,
  ) as { email?: unknown } | undefined;
  const email = text(primary?.email);
  // An address of GitHub's own making takes no mail.
  return email === '' || email.endsWith('@users.noreply.github.com') ? null : email;
}

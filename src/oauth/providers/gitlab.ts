import OAuth2Strategy from 'passport-oauth2';
import { type OAuthProvider, subject, text } from './oauth-provider.js';
import { getJson } from '../passport/get-json.js';

/** https://docs.gitlab.com/api/oauth2/ */
export const gitlab: OAuthProvider = {
  id: 'gitlab',
  label: 'GitLab',
  icon: 'simple-icons/icons/gitlab.svg',
  scope: ['read_user'],

  endpoints: () => ({
    authorizationURL: 'https://gitlab.com/oauth/authorize',
    tokenURL: 'https://gitlab.com/oauth/token',
    userInfoURL: 'https://gitlab.com/api/v4/user',
    revocationURL: 'https://gitlab.com/oauth/revoke',
  }),

  // An installation may stand below a path, which is part of the issuer.
  issuer: ({ authorizationURL }) => authorizationURL.replace(/\/oauth\/authorize$/, ''),

  strategy(options, { userInfoURL }, verify) {
    const strategy = new GitLabStrategy(options, verify);
    strategy.userInfoURL = userInfoURL;
    return strategy;
  },

  profile: ({ id, name, username, email, confirmed_at: confirmedAt }) => ({
    subject: subject(id),
    name: text(name),
    login: text(username),
    // The date of the account's confirmation, by its primary address; null before.
    verifiedEmail: isDate(text(confirmedAt)) ? text(email) || null : null,
  }),

  revocation: {
    token: 'refresh',
    request: (token, { clientId, clientSecret }, url) =>
      new Request(url, {
        method: 'POST',
        body: new URLSearchParams({ token, client_id: clientId, client_secret: clientSecret }),
      }),
  },
};

// Installations that were moved or filled by scripts have 0 and the like for "never".
function isDate(value: string): boolean {
  return /^\d{4}-\d\d-\d\dT/.test(value) && Date.parse(value) > 0;
}

class GitLabStrategy extends OAuth2Strategy {
  userInfoURL: string;

  override userProfile(token: string, done: (error?: unknown, profile?: object) => void): void {
    getJson(this._oauth2, this.userInfoURL, token).then(
      (person) => done(null, person),
      (error: unknown) => done(error),
    );
  }
}

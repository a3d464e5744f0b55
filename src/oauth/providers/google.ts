import { Strategy } from 'passport-google-oauth20';
import { type OAuthProvider, subject, text } from './oauth-provider.js';

/** https://developers.google.com/identity/openid-connect/openid-connect */
export const google: OAuthProvider = {
  id: 'google',
  label: 'Google',
  icon: 'simple-icons/icons/google.svg',
  scope: ['openid', 'profile', 'email'],

  endpoints: () => ({
    authorizationURL: 'https://accounts.google.com/o/oauth2/v2/auth',
    // The strategy's own default is an older address.
    tokenURL: 'https://oauth2.googleapis.com/token',
    userInfoURL: 'https://openidconnect.googleapis.com/v1/userinfo',
    revocationURL: 'https://oauth2.googleapis.com/revoke',
    issuer: 'https://accounts.google.com',
  }),

  // Several installations may stand on one host, each below its own path.
  issuer: ({ authorizationURL }) => authorizationURL.replace(/\/o\/oauth2\/v2\/auth$/, ''),

  strategy: (options, { userInfoURL }, verify) =>
    new Strategy({ ...options, userProfileURL: userInfoURL }, verify),

  profile: ({ sub, name, email, email_verified: verified }) => ({
    subject: subject(sub),
    name: text(name),
    login: '',
    // Only true itself: the text "false" would count as true.
    verifiedEmail: verified === true ? text(email) || null : null,
  }),

  // Google can't be made to ask for the password; choosing the account is the most it does.
  freshLogin: { prompt: 'select_account' },

  // An access token dies within the hour; a refresh token can take the grant back at any time.
  options: { accessType: 'offline' },
  revocation: {
    token: 'refresh',
    request: (token, _client, url) =>
      new Request(url, { method: 'POST', body: new URLSearchParams({ token }) }),
  },
};

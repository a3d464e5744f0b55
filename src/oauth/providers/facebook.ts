import { Strategy } from 'passport-facebook';
import { signature } from '../../core/crypto/digests.js';
import { type OAuthProvider, subject, text } from './oauth-provider.js';

/** Each version lives for two years: https://developers.facebook.com/docs/graph-api/changelog/versions */
const GRAPH_VERSION = 'v23.0';

/** https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow */
export const facebook: OAuthProvider = {
  id: 'facebook',
  label: 'Facebook',
  icon: 'simple-icons/icons/facebook.svg',
  scope: ['public_profile'],

  endpoints({ FACEBOOK_GRAPH_VERSION: version = GRAPH_VERSION }) {
    return {
      authorizationURL: `https://www.facebook.com/${version}/dialog/oauth`,
      tokenURL: `https://graph.facebook.com/${version}/oauth/access_token`,
      userInfoURL: `https://graph.facebook.com/${version}/me`,
      revocationURL: `https://graph.facebook.com/${version}/me/permissions`,
    };
  },

  // Several installations may stand on one host, each below its own path; a new version is the same one.
  issuer: ({ authorizationURL }) => authorizationURL.replace(/(\/v[\d.]+)?\/dialog\/oauth$/, ''),

  strategy: (options, { userInfoURL }, verify) =>
    new Strategy(
      {
        ...options,
        profileURL: userInfoURL,
        profileFields: ['id', 'displayName'],
        enableProof: true,
      },
      verify,
    ),

  profile: ({ id, name }) => ({
    subject: subject(id),
    name: text(name),
    login: '',
    // Facebook says nowhere whether an address is verified, so none is asked for.
    verifiedEmail: null,
  }),

  freshLogin: { authType: 'reauthenticate' },

  revocation: {
    token: 'access',
    request(token, { clientSecret }, url) {
      const address = new URL(url);
      const proof = signature(clientSecret, token, 'sha256', 'hex');
      address.searchParams.set('appsecret_proof', proof);
      return new Request(address, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}` },
      });
    },
  },
};

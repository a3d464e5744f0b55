import { facebook } from '../../src/oauth/providers/facebook.js';
import { github } from '../../src/oauth/providers/github.js';
import { gitlab } from '../../src/oauth/providers/gitlab.js';
import { google } from '../../src/oauth/providers/google.js';
import { providers } from '../../src/oauth/providers/providers.js';
import {
  oauthProfileContract,
  oauthProviderContract,
  type Recorded,
} from './oauth-provider.contract.js';

for (const provider of providers) oauthProviderContract(provider);

// https://developers.google.com/identity/openid-connect/openid-connect#obtaininguserprofileinformation
oauthProfileContract(google, false, true, ({ subject, name, email, vouched }) => ({
  userInfo: JSON.stringify({
    sub: subject,
    ...(name !== null && { name, given_name: name, family_name: 'Field' }),
    picture: 'https://lh3.googleusercontent.com/a-/AOh14GgNora=s96-c',
    ...(email !== null && { email, email_verified: vouched }),
    hd: 'example.com',
  }),
}));

// https://docs.github.com/en/rest/users/users#get-the-authenticated-user and
// https://docs.github.com/en/rest/users/emails#list-email-addresses-for-the-authenticated-user
const githubAnswers = ({ subject, name, login, email, vouched }: Recorded) => ({
  userInfo: `{"login":${JSON.stringify(login)},"id":${subject},"node_id":"MDQ6VXNlcjE=","gravatar_id":"","type":"User","site_admin":false,"name":${JSON.stringify(name)},"company":null,"email":"public@example.com","hireable":false,"bio":null,"public_repos":2,"followers":20,"created_at":"2008-01-14T04:33:35Z","plan":{"name":"Medium","space":400,"private_repos":20,"collaborators":0}}`,
  emails: JSON.stringify([
    { email: 'other@example.com', verified: true, primary: false, visibility: null },
    ...(email === null ? [] : [{ email, verified: vouched, primary: true, visibility: 'public' }]),
    {
      email: '1+nora-field@users.noreply.github.com',
      verified: true,
      primary: false,
      visibility: null,
    },
  ]),
});
oauthProfileContract(github, true, true, githubAnswers);

// https://developers.facebook.com/docs/graph-api/reference/user
oauthProfileContract(facebook, false, false, ({ subject, name, email }) => ({
  userInfo: JSON.stringify({
    id: subject,
    ...(name !== null && { name }),
    ...(email !== null && { email, verified: true }),
  }),
}));

// https://docs.gitlab.com/api/users/#get-the-current-user
oauthProfileContract(gitlab, true, true, ({ subject, name, login, email, vouched }) => ({
  userInfo: `{"id":${subject},"username":${JSON.stringify(login)},"email":${JSON.stringify(email)},"name":${JSON.stringify(name)},"state":"active","locked":false,"avatar_url":null,"created_at":"2012-05-23T08:00:58Z","bio":"","last_sign_in_at":"2012-06-01T11:41:01Z","confirmed_at":${vouched ? '"2012-05-23T09:05:22Z"' : 'null'},"theme_id":1,"identities":[{"provider":"github","extern_uid":"2435223452345"}],"two_factor_enabled":true,"commit_email":"commit@example.com","unconfirmed_email":"next@example.com"}`,
}));

describe('an address that nobody vouches for', () => {
  const base = { sub: '1', id: '1', name: 'Nora' };

  it.each(['true', 'false', 1, '1', {}, [], null, undefined])(
    'LK-01 is one that Google calls verified in another way than true: %j',
    (email_verified) => {
      const email = 'nora@example.com';
      expect(google.profile({ ...base, email, email_verified }).verifiedEmail).toBeNull();
      expect(google.profile({ ...base, email, email_verified: true }).verifiedEmail).toBe(email);
    },
  );

  it.each([
    ['an unverified one', { verified: false, primary: true }],
    ['one whose flag is a text', { verified: 'true', primary: true }],
    ['one that is not primary', { verified: true, primary: false }],
    ['one without flags', {}],
    ["GitHub's own that takes no mail", { email: '1+nora@users.noreply.github.com' }],
    ['no text', { email: { $ne: null } }],
  ])('LK-01 is %s at GitHub', (_which, differs) => {
    const good = { email: 'nora@example.com', verified: true, primary: true };
    const flags = 'email' in differs ? { ...good, ...differs } : { email: good.email, ...differs };
    expect(github.profile({ ...base, emails: [null, flags] }).verifiedEmail).toBeNull();
    expect(github.profile({ ...base, emails: [null, good] }).verifiedEmail).toBe(good.email);
  });

  it.each([
    null,
    '',
    true,
    0,
    {},
    '0',
    '1',
    'false',
    '0000-00-00T00:00:00Z',
    '1970-01-01T00:00:00.000Z',
    '2012-13-45T00:00:00Z',
  ])('LK-01 is one with the date %j at GitLab', (confirmed_at) => {
    const email = 'nora@example.com';
    expect(gitlab.profile({ ...base, email, confirmed_at }).verifiedEmail).toBeNull();
  });
});

it('OA-13 Google gives the token that ends a grant only to those who ask for offline access', () => {
  expect(google.options).toMatchObject({ accessType: 'offline' });
});

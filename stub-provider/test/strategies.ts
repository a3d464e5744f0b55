import type { Request } from 'express';
import { Strategy as FacebookStrategy } from 'passport-facebook';
import { Strategy as GitHubStrategy } from 'passport-github2';
import { Strategy as GoogleStrategy } from 'passport-google-oauth20';
import OAuth2Strategy from 'passport-oauth2';
import type { StubbedProvider, StubProvider } from '../src/stub-provider.js';

/** What a strategy decided. */
export interface Result {
  readonly kind: 'redirect' | 'success' | 'fail' | 'error';
  readonly url?: string;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly problem?: unknown;
}

type Verify = (
  accessToken: string,
  refreshToken: string,
  profile: object,
  done: (error: null, user: object) => void,
) => void;

/** Takes the profile for the user. */
const takeProfile: Verify = (_accessToken, _refreshToken, profile, done) => done(null, profile);

/** The published strategy for a provider, unaltered: only its addresses lead to the stub. */
export function strategyFor(
  stub: StubProvider,
  provider: StubbedProvider,
  clientSecret = stub.credentials(provider).clientSecret,
): OAuth2Strategy {
  const { authorizationURL, tokenURL, userInfoURL, emailsURL } = stub.endpoints(provider);
  const options = {
    authorizationURL,
    tokenURL,
    clientID: stub.credentials(provider).clientId,
    clientSecret,
    callbackURL: 'http://localhost:3000/oauth/callback',
    state: true,
    pkce: true,
    sessionKey: `oauth2:${provider}`,
  };
  // The types of the strategies lack pkce, sessionKey and userEmailURL: a variable may hold more.
  if (provider === 'google') {
    const all = { ...options, userProfileURL: userInfoURL, scope: ['profile', 'email'] };
    return new GoogleStrategy(all, takeProfile);
  }
  if (provider === 'github') {
    const emails = { userEmailURL: emailsURL, allRawEmails: true, scope: ['user:email'] };
    // The types want a text; what counts is that there is something.
    const all = { ...options, ...emails, userProfileURL: userInfoURL, state: 'yes' };
    return new GitHubStrategy(all, takeProfile);
  }
  if (provider === 'facebook') {
    const fields = { profileFields: ['id', 'displayName', 'emails'], scope: ['email'] };
    const all = { ...options, ...fields, profileURL: userInfoURL, enableProof: true };
    return new FacebookStrategy(all, takeProfile);
  }
  return new GitLabStrategy({ ...options, scope: ['read_user'] }, takeProfile, userInfoURL);
}

/** Does with a strategy what Passport does, without Passport. */
export function authenticate(
  strategy: OAuth2Strategy,
  session: object,
  query: object,
): Promise<Result> {
  return new Promise((resolve) => {
    const acting = Object.assign(strategy, {
      redirect: (url: string) => resolve({ kind: 'redirect', url }),
      success: (user: Record<string, unknown>) => resolve({ kind: 'success', user }),
      fail: (problem: unknown) => resolve({ kind: 'fail', problem }),
      error: (problem: unknown) => resolve({ kind: 'error', problem }),
    });
    // The strategies read nothing but these two of an Express request.
    acting.authenticate({ session, query } as unknown as Request, {});
  });
}

/** A query as Express parses it. */
export function queryOf(url: URL): object {
  return Object.fromEntries(url.searchParams);
}

class GitLabStrategy extends OAuth2Strategy {
  constructor(
    options: OAuth2Strategy.StrategyOptions,
    verify: Verify,
    private readonly userInfoURL: string,
  ) {
    super(options, verify);
    this._oauth2.useAuthorizationHeaderforGET(true);
  }

  override userProfile(token: string, done: (error?: unknown, profile?: unknown) => void): void {
    this._oauth2.get(this.userInfoURL, token, (error, body) => {
      // The types promise an error always; without one it is null.
      if ((error as unknown) !== null) return done(error);
      try {
        return done(null, JSON.parse(String(body)));
      } catch (malformed) {
        return done(malformed);
      }
    });
  }
}

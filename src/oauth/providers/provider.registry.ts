import { NotFoundException } from '@nestjs/common';
import { basename } from 'node:path';
import type OAuth2Strategy from 'passport-oauth2';
import type { Message } from '../../core/domain-error.js';
import type { Answer, OAuthProvider, Verify } from './oauth-provider.js';
import type { ProviderSettings } from './provider-settings.js';
import { harden } from '../passport/harden.js';
import { parseExact } from '../passport/parse-exact.js';

/** A provider that people can use. */
export interface ActiveProvider extends ProviderSettings {
  readonly strategy: OAuth2Strategy;
}

/** What a strategy hands over: the tokens, and what the provider said about the person. */
export interface TokenSet {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly answer: Answer;
}

/** The providers that the application knows, and those of them that are configured. */
export class ProviderRegistry {
  private readonly active: ReadonlyMap<string, ActiveProvider>;

  /**
   * @param known every provider, configured or not
   * @param baseUrl origin of this site, from the configuration and never from a request
   * @param store keeps `state` and the PKCE verifier
   */
  constructor(
    readonly known: readonly OAuthProvider[],
    settings: readonly ProviderSettings[],
    baseUrl: string,
    store: OAuth2Strategy.StateStore,
  ) {
    this.active = new Map(
      settings.map((each) => {
        const callbackUrl = callbackUrlOf(each.provider, baseUrl);
        const strategy = harden(makeStrategy(each, callbackUrl, store));
        return [each.provider.id, { ...each, strategy }];
      }),
    );
  }

  /** What the pages show of each that can be used, in their order. */
  get buttons(): { id: string; label: Message; icon: string }[] {
    return [...this.active.values()].map(({ provider }) => ({
      id: provider.id,
      label: nameOf(provider),
      icon: basename(provider.icon, '.svg'),
    }));
  }

  /** The ids of those that can be used to log in now. */
  get usable(): string[] {
    return [...this.active.keys()];
  }

  find(id: string): ActiveProvider | null {
    return this.active.get(id) ?? null;
  }

  /** @throws NotFoundException for a provider that is not configured */
  get(id: string): ActiveProvider {
    return found(this.find(id));
  }

  /**
   * @returns the name that people know a provider by, configured or not
   * @throws NotFoundException for a provider that is not known
   */
  labelOf(id: string): string {
    return found(this.known.find((each) => each.id === id)).label;
  }
}

function found<T>(provider: T | null | undefined): T {
  if (!provider) throw new NotFoundException();
  return provider;
}

/** What people call a provider. */
export function nameOf({ label }: OAuthProvider): Message {
  return { key: 'oauth.provider', params: { provider: label } };
}

/** The address to register with a provider. */
export function callbackUrlOf({ id }: OAuthProvider, baseUrl: string): string {
  return `${baseUrl}/oauth/${id}/callback`;
}

function makeStrategy(
  { provider, client, endpoints }: ProviderSettings,
  callbackURL: string,
  store: OAuth2Strategy.StateStore,
): OAuth2Strategy {
  const { authorizationURL, tokenURL } = endpoints;
  const { clientId: clientID, clientSecret } = client;
  const options = {
    authorizationURL,
    tokenURL,
    clientID,
    clientSecret,
    callbackURL,
    store,
    scope: [...provider.scope],
    pkce: true,
    customHeaders: { 'User-Agent': 'Latchkey' },
  };
  return provider.strategy(options, endpoints, handOver);
}

// Touches no database: what the person may do with this is decided elsewhere.
const handOver: Verify = (accessToken, refreshToken, profile, done) => {
  const tokens: TokenSet = {
    accessToken,
    refreshToken: refreshToken ?? null,
    answer: answerIn(profile),
  };
  done(null, tokens);
};

// The published strategies round big numbers, but keep the text of the answer beside what they read.
function answerIn(profile: object): Answer {
  const text: unknown = Reflect.get(profile, '_raw');
  // An object, whatever its fields are.
  return (typeof text === 'string' ? parseExact(text) : profile) as Answer;
}

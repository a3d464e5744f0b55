import { Injectable } from '@nestjs/common';
import { isOutage } from '../../core/database/outage.js';
import { Log } from '../../core/http/log.js';
import { type Flow, FlowStore, type SpentFlow } from './flow.store.js';
import type { Proved } from '../providers/oauth-provider.js';
import { DeniedAtProvider, ProviderFailed, StaleFlow } from './flow.errors.js';
import type { ActiveProvider, TokenSet } from '../providers/provider.registry.js';
import type { FinishRequest, StartRequest } from './flow-state-store.js';
import { parseExact } from '../passport/parse-exact.js';
import { runStrategy } from '../passport/run-strategy.js';

/** What a person came back with: nobody has asked the provider about it so far. */
export interface Callback {
  readonly flow: SpentFlow;
  /** To be redeemed once. */
  readonly code: string;
}

/** A person who is back from a provider. */
export interface FlowOutcome extends Proved {
  readonly flow: SpentFlow;
  /** The provider's answer, for the development page. */
  readonly answer: object;
}

/** The round trip to a provider: OAuth 2.0's authorization code flow with state and PKCE (RFC 9700). */
@Injectable()
export class AuthorizationFlow {
  constructor(
    private readonly flows: FlowStore,
    private readonly log: Log,
  ) {}

  /** @returns the provider's address to send the person to */
  async start(active: ActiveProvider, flow: Flow, sessionId: string): Promise<string> {
    const { strategy, provider } = active;
    const departure: StartRequest = { query: {}, flow, sessionId };
    const options = { ...provider.options, ...(flow.intent === 'prove' && provider.freshLogin) };
    const outcome = await runStrategy(strategy, departure, options);
    if (outcome.kind !== 'redirect') throw new Error('The strategy sent nobody anywhere');
    return outcome.url;
  }

  /**
   * Takes the person back. The flow is spent first, whatever came with it, so that nothing of it
   * works twice.
   *
   * @param query of the callback, written by the provider or by an attacker
   * @throws StaleRoundTrip, DeniedAtProvider, ProviderFailed
   */
  async receive(
    active: ActiveProvider,
    query: Readonly<Record<string, unknown>>,
    sessionId: string,
  ): Promise<Callback> {
    const { provider, endpoints } = active;
    const { state, code, iss, error } = query;
    const flow =
      typeof state === 'string' ? await this.flows.spend(state, provider.id, sessionId) : null;
    if (!flow) throw new StaleFlow(provider.label, null);
    if (error === 'access_denied') throw new DeniedAtProvider(provider.label, flow);
    // Facebook reports its own failures without `error`; then there is no code.
    if (error !== undefined || typeof code !== 'string' || code === '') {
      throw this.failed(active, flow, new Error('The provider reported an error'));
    }
    // Mix-up (RFC 9207): the code may be another provider's.
    if (iss !== undefined && endpoints.issuer !== undefined && iss !== endpoints.issuer) {
      throw this.failed(active, flow, new Error('The answer names another issuer'));
    }
    return { flow, code };
  }

  /**
   * Redeems the code and reads who the person is.
   *
   * @throws ProviderFailed
   */
  async redeem(active: ActiveProvider, { flow, code }: Callback): Promise<FlowOutcome> {
    const { provider, strategy } = active;
    try {
      const arrival: FinishRequest = { query: { code }, flow };
      const outcome = await runStrategy<TokenSet>(strategy, arrival, {});
      if (outcome.kind !== 'success') throw new Error('The strategy came to no result');
      const { accessToken, refreshToken, raw } = outcome.result;
      const text: unknown = Reflect.get(raw, '_raw');
      const answer = typeof text === 'string' ? parseExact(text) : raw;
      return {
        flow,
        answer,
        profile: provider.profile(answer as Record<string, unknown>),
        token: provider.revocation?.token === 'refresh' ? refreshToken : accessToken,
      };
    } catch (error) {
      if (isOutage(error)) throw error;
      throw this.failed(active, flow, error);
    }
  }

  // The cause goes into the log; the answer's body, which can hold a token, does not.
  private failed({ provider }: ActiveProvider, flow: SpentFlow, error: unknown): ProviderFailed {
    const cause = error instanceof Error ? error : new Error(String(error));
    const inner: unknown = Reflect.get(cause, 'oauthError');
    const status: unknown = typeof inner === 'object' && inner && Reflect.get(inner, 'statusCode');
    this.log.event('provider-failed', {
      level: 'warn',
      provider: provider.id,
      cause: `${cause.name}: ${cause.message}`,
      reason: inner instanceof Error ? inner.message : undefined,
      status: typeof status === 'number' ? status : undefined,
    });
    return new ProviderFailed(provider.label, flow);
  }
}

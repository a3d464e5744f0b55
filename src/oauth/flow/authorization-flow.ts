import { Injectable } from '@nestjs/common';
import { reasonOf } from '../../core/database/error-facts.js';
import { isOutage } from '../../core/database/outage.js';
import { Events } from '../../core/events.js';
import { Log } from '../../core/http/log.js';
import { OneTimeRecords } from '../../core/one-time/one-time-records.js';
import { identityKey } from '../../users/identity.js';
import { runStrategy } from '../passport/run-strategy.js';
import type { Answer, VerifiedIdentity } from '../providers/oauth-provider.js';
import type { ActiveProvider, TokenSet } from '../providers/provider.registry.js';
import { DeniedAtProvider, type FlowFailed, ProviderFailed, StaleFlow } from './flow.errors.js';
import { FlowRefused } from './flow.events.js';
import { type Flow, flowPurpose, type SpentFlow } from './flow.js';
import type { FinishRequest, StartRequest } from './flow-state-store.js';

/** RFC 6749, appendix A.11; it goes into one form field of ours. */
const CODE = /^[\x20-\x7e]{1,8192}$/;

/** What a person came back with: nobody has asked the provider about it so far. */
export interface Callback {
  readonly flow: SpentFlow;
  /** To be redeemed once. */
  readonly code: string;
}

/** Who came back. */
export interface FlowOutcome extends VerifiedIdentity {
  readonly flow: SpentFlow;
  /** The provider's answer, for the development page. */
  readonly answer: Answer;
}

/** OAuth 2.0's authorization code flow with state and PKCE (RFC 6749 4.1, RFC 9700). */
@Injectable()
export class AuthorizationFlow {
  constructor(
    private readonly records: OneTimeRecords,
    private readonly events: Events,
    private readonly log: Log,
  ) {}

  /**
   * @param browserId the browser that starts it; no other can finish it
   * @returns the provider's address to send the person to
   */
  async start(active: ActiveProvider, flow: Flow, browserId: string): Promise<string> {
    const { strategy, provider } = active;
    const request: StartRequest = { query: {}, flow, browserId };
    const fresh = flow.intent === 'reauthenticate' ? provider.freshLogin : undefined;
    const outcome = await runStrategy(strategy, request, { ...provider.options, ...fresh });
    if (outcome.kind !== 'redirect') throw new Error('The strategy sent nobody anywhere');
    return outcome.url;
  }

  /**
   * Takes what came by the callback. The flow is spent first, whatever came with it, so that nothing of it
   * works twice.
   *
   * @param query of the callback, written by the provider or by an attacker
   * @param whose who comes back; a browser that started nothing has no id
   * @throws StaleFlow, DeniedAtProvider, ProviderFailed
   */
  async receive(
    active: ActiveProvider,
    query: Readonly<Record<string, unknown>>,
    { browserId, userId }: { browserId: string | null; userId: string | null },
  ): Promise<Callback> {
    const { provider, endpoints } = active;
    const { state, code, iss, error } = query;
    const flow =
      typeof state === 'string' && browserId !== null
        ? await this.records.spend<SpentFlow>(flowPurpose(provider.id), browserId, state)
        : null;
    // Another person may have logged in meanwhile.
    if (!flow || flow.userId !== userId) {
      throw await this.refused(active, userId, new StaleFlow(provider.label, flow));
    }
    if (error === 'access_denied') {
      throw await this.refused(active, userId, new DeniedAtProvider(provider.label, flow));
    }
    // Facebook reports its own failures without `error`; then there is no code.
    if (error !== undefined || typeof code !== 'string' || !CODE.test(code)) {
      throw await this.failed(active, flow, new Error('The provider reported an error'));
    }
    // Mix-up (RFC 9207): the code may be another provider's.
    if (iss !== undefined && endpoints.issuer !== undefined && iss !== endpoints.issuer) {
      throw await this.failed(active, flow, new Error('The answer names another issuer'));
    }
    return { flow, code };
  }

  /**
   * Redeems the code and reads who the person is.
   *
   * @throws ProviderFailed
   */
  async redeem(active: ActiveProvider, { flow, code }: Callback): Promise<FlowOutcome> {
    const { provider, strategy, issuer } = active;
    try {
      const request: FinishRequest = { query: { code }, flow };
      const outcome = await runStrategy<TokenSet>(strategy, request, {});
      if (outcome.kind !== 'success') throw new Error('The strategy came to no result');
      const { accessToken, refreshToken, answer } = outcome.result;
      const profile = provider.profile(answer);
      return {
        flow,
        answer,
        profile,
        identity: { provider: provider.id, key: identityKey(issuer, profile.subject) },
        token: provider.revocation?.token === 'refresh' ? refreshToken : accessToken,
      };
    } catch (error) {
      if (isOutage(error)) throw error;
      throw await this.failed(active, flow, error);
    }
  }

  // The cause goes into the log; the answer's body, which can hold a token, does not.
  private failed(active: ActiveProvider, flow: SpentFlow, error: unknown): Promise<ProviderFailed> {
    const { id, label } = active.provider;
    const { name } = error instanceof Error ? error : new Error();
    const inner: unknown = error instanceof Error && Reflect.get(error, 'oauthError');
    const status: unknown = typeof inner === 'object' && inner && Reflect.get(inner, 'statusCode');
    this.log.event('provider-failed', {
      level: 'warn',
      provider: id,
      cause: `${name}: ${reasonOf(error)}`,
      reason: inner instanceof Error ? inner.message : undefined,
      status: typeof status === 'number' ? status : undefined,
    });
    return this.refused(active, flow.userId, new ProviderFailed(label, flow));
  }

  private async refused<T extends FlowFailed>(
    { provider }: ActiveProvider,
    userId: string | null,
    error: T,
  ): Promise<T> {
    const intent = error.flow?.intent ?? null;
    await this.events.publish(new FlowRefused(userId, provider.id, intent, error.code));
    return error;
  }
}

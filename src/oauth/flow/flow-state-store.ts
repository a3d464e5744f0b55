import { Injectable } from '@nestjs/common';
import type OAuth2Strategy from 'passport-oauth2';
import { type Flow, FlowStore, type SpentFlow } from './flow.store.js';
import type { StrategyRequest } from '../passport/run-strategy.js';

/** What a strategy is run with when a person leaves for the provider. */
export interface StartRequest extends StrategyRequest {
  readonly flow: Flow;
  readonly sessionId: string;
}

/** What a strategy is run with when the person is back: the flow was spent before. */
export interface FinishRequest extends StrategyRequest {
  readonly flow: SpentFlow;
}

/** Keeps `state` and the PKCE verifier for passport-oauth2, which counts the arguments of these methods. */
@Injectable()
export class FlowStateStore implements OAuth2Strategy.StateStore {
  constructor(private readonly flows: FlowStore) {}

  store(...args: unknown[]): void;
  store(
    departure: StartRequest,
    verifier: string,
    _state: unknown,
    _meta: unknown,
    done: (error: unknown, state?: string) => void,
  ): void {
    this.flows.issue(departure.flow, departure.sessionId, verifier).then(
      (state) => done(null, state),
      (error: unknown) => done(error),
    );
  }

  verify(...args: unknown[]): void;
  verify(
    arrival: FinishRequest,
    _state: unknown,
    done: (error: null, verifier: string) => void,
  ): void {
    done(null, arrival.flow.verifier);
  }
}

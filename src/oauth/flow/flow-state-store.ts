import { Injectable } from '@nestjs/common';
import type OAuth2Strategy from 'passport-oauth2';
import { OneTimeRecords } from '../../core/one-time/one-time-records.js';
import type { StrategyRequest } from '../passport/run-strategy.js';
import { type Flow, flowPurpose, type SpentFlow } from './flow.js';

/** What a strategy is run with when a flow starts. */
export interface StartRequest extends StrategyRequest {
  readonly flow: Flow;
  /** No other browser can finish it. */
  readonly browserId: string;
}

/** What a strategy is run with when a flow finishes: its record was spent before. */
export interface FinishRequest extends StrategyRequest {
  readonly flow: SpentFlow;
}

/** Keeps `state` and the PKCE verifier for passport-oauth2, which counts the arguments of these methods. */
@Injectable()
export class FlowStateStore implements OAuth2Strategy.StateStore {
  constructor(private readonly records: OneTimeRecords) {}

  store(...args: unknown[]): void;
  store(
    { flow, browserId }: StartRequest,
    verifier: string,
    _state: unknown,
    _meta: unknown,
    done: (error: unknown, state?: string) => void,
  ): void {
    const spent: SpentFlow = { ...flow, verifier };
    this.records.issue(flowPurpose(flow.provider), browserId, spent).then(
      (state) => done(null, state),
      (error: unknown) => done(error),
    );
  }

  verify(...args: unknown[]): void;
  verify({ flow }: FinishRequest, _state: unknown, done: (error: null, verifier: string) => void) {
    done(null, flow.verifier);
  }
}

import type { Request } from 'express';
import type OAuth2Strategy from 'passport-oauth2';
import { type Requests, requestsOf } from './harden.js';

/** What a strategy answered. */
export type Outcome<T> =
  | { readonly kind: 'redirect'; readonly url: string }
  | { readonly kind: 'success'; readonly result: T };

/** What a strategy may read of a request. */
export interface StrategyRequest {
  readonly query: Readonly<Record<string, string>>;
}

/**
 * Runs a strategy as Passport does, on a copy of its own, but hands its decision over instead of
 * writing the response: a redirect becomes a page here, and the result is never `request.user`.
 *
 * @throws what the strategy reports as an error or a failure
 */
export function runStrategy<T>(
  strategy: OAuth2Strategy,
  request: StrategyRequest,
  options: object,
): Promise<Outcome<T>> {
  return new Promise((resolve, reject) => {
    const actions = {
      redirect: (url: string) => resolve({ kind: 'redirect', url }),
      success: (result: T) => resolve({ kind: 'success', result }),
      fail: (challenge: unknown) => reject(new Error(`Refused: ${JSON.stringify(challenge)}`)),
      error: (error: Error) => reject(error),
    };
    const running = Object.assign(Object.create(strategy) as OAuth2Strategy, actions, {
      _oauth2: reportTo(reject, strategy),
    });
    // The strategies read the query and nothing else of an Express request.
    running.authenticate(request as unknown as Request, options);
  });
}

// A strategy reads answers outside any try: what it throws there must end this run, or the person
// would wait for ever.
function reportTo(reject: (error: unknown) => void, strategy: OAuth2Strategy): Requests {
  const requests = requestsOf(strategy);
  return Object.assign(Object.create(requests) as Requests, {
    _executeRequest: ((library, options, body, callback) =>
      requests._executeRequest(library, options, body, (...answer) => {
        try {
          callback(...answer);
        } catch (error) {
          reject(error);
        }
      })) satisfies Requests['_executeRequest'],
  });
}

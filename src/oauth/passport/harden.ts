import https from 'node:https';
import type { RequestOptions } from 'node:http';
import type OAuth2Strategy from 'passport-oauth2';
import { boundedFetch } from './bounded-fetch.js';

type Callback = (
  error: Error | { statusCode: number; data: string } | null,
  body?: string,
  response?: object,
) => void;

type TokenCallback = (
  error: unknown,
  access?: unknown,
  refresh?: unknown,
  results?: object,
) => void;

/** RFC 6749, appendix A.12 and A.17. Tokens are sent in headers, of which servers commonly take 8 KB. */
const TOKEN = /^[\x20-\x7e]{1,8192}$/;

/** The part of a strategy that makes its requests; its types leave out what is replaced here. */
export interface Requests {
  _executeRequest(
    library: unknown,
    options: RequestOptions,
    body: string | undefined,
    callback: Callback,
  ): void;
  getOAuthAccessToken: (
    this: Requests,
    code: string,
    params: object,
    callback: TokenCallback,
  ) => void;
  useAuthorizationHeaderforGET(use: boolean): void;
}

/**
 * Makes a strategy of 2019 fit for today: its requests have limits of time and size, follow no
 * redirect, and never carry a token in an address; its tokens are text of a bounded length; an
 * answer that would end the process, since the strategy reads it outside any try, becomes an
 * ordinary error.
 */
export function harden<T extends OAuth2Strategy>(strategy: T): T {
  const requests = requestsOf(strategy);
  requests.useAuthorizationHeaderforGET(true);
  const redeem = requests.getOAuthAccessToken;
  requests.getOAuthAccessToken = function (code, params, callback) {
    redeem.call(this, code, params, (error, access, refresh, results) => {
      const sound = isToken(access) && (!refresh || isToken(refresh));
      const fault = sound ? null : new Error('The answer holds no sound token');
      callback(error ?? fault, access, refresh, results);
    });
  };
  requests._executeRequest = (library, options, body, callback) => {
    // The callback runs in a turn of its own: what a strategy throws in it must not look like a
    // failed request and call it a second time.
    ask(library === https ? 'https' : 'http', options, body).then(
      ({ status, body: answer }) =>
        setImmediate(() =>
          status >= 200 && status < 300
            ? callback(null, answer, { statusCode: status })
            : callback({ statusCode: status, data: answer }),
        ),
      (error: Error) => setImmediate(() => callback(error)),
    );
  };
  return strategy;
}

/** The client of a strategy. */
export function requestsOf(strategy: OAuth2Strategy): Requests {
  // Protected, and meant for subclasses; the types know one of the two methods as protected as well.
  return Reflect.get(strategy, '_oauth2') as Requests;
}

async function ask(
  scheme: 'http' | 'https',
  { host, port, path, method, headers }: RequestOptions,
  body: string | undefined,
): Promise<{ status: number; body: string }> {
  const url = `${scheme}://${host}${port ? `:${port}` : ''}${path}`;
  // Both are worked out by fetch.
  const {
    Host: _host,
    'Content-Length': _length,
    'Content-length': _zero,
    ...rest
  } = headers as Record<string, string>;
  const request = new Request(url, {
    ...(method !== undefined && { method }),
    headers: rest,
    ...(body && { body }),
  });
  const answer = await boundedFetch(request);
  if (answer.status < 300 && !isObject(answer.body)) {
    throw new Error('The answer is neither a JSON object nor a form');
  }
  return answer;
}

// Anything else would be sent and stored, or be quoted by the error about a bad header.
function isToken(value: unknown): boolean {
  return typeof value === 'string' && TOKEN.test(value);
}

// GitHub sends tokens as a form. A page of HTML is no form, and `null` is no object.
function isObject(body: string): boolean {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null;
  } catch {
    return /^[\w.-]+=[^<>\s]*$/.test(body);
  }
}

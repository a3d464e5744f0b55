import https from 'node:https';
import type { RequestOptions } from 'node:http';
import type OAuth2Strategy from 'passport-oauth2';
import { boundedFetch } from './bounded-fetch.js';

type Callback = (
  error: Error | { statusCode: number; data: string } | null,
  body?: string,
  response?: object,
) => void;

/** The part of a strategy that makes its requests; its types leave out what is replaced here. */
interface Requests {
  _executeRequest(
    library: unknown,
    options: RequestOptions,
    body: string | undefined,
    callback: Callback,
  ): void;
  useAuthorizationHeaderforGET(use: boolean): void;
}

/**
 * Makes a strategy of 2019 fit for today: its requests have limits of time and size, follow no
 * redirect, and never carry a token in an address; an answer that would end the process, since the
 * strategy reads it outside any try, becomes an ordinary error.
 */
export function harden<T extends OAuth2Strategy>(strategy: T): T {
  // Protected, and meant for subclasses; the types know one of the two methods as protected as well.
  const requests = Reflect.get(strategy, '_oauth2') as unknown as Requests;
  requests.useAuthorizationHeaderforGET(true);
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

// GitHub's tokens come as a form; a page of HTML passes for one as little as `null` for an object.
function isObject(body: string): boolean {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null;
  } catch {
    return /^[\w.-]+=[^<>\s]*$/.test(body);
  }
}

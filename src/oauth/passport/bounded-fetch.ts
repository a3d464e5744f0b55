import { SECOND } from '../../core/clock.js';

/**
 * Longest wait for one whole answer. A login makes up to three requests, two of them one after the
 * other, so that a provider that hangs costs a person less than ten seconds.
 */
const TIME_LIMIT = 4 * SECOND;

/** Bytes. Profiles are a few kilobytes; a name of a megabyte is still taken, and cut later. */
const SIZE_LIMIT = 2 * 1024 * 1024;

/** A provider's answer. */
export interface ProviderAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Sends a request to a provider's configured address and reads the whole answer, within limits.
 * Redirects are not followed: no answer may lead our server elsewhere (ASVS 15.3.2).
 *
 * @throws when the provider can't be reached, is slow, redirects, or sends too much or what is no UTF-8
 */
export async function boundedFetch(request: Request): Promise<ProviderAnswer> {
  const limit = new AbortController();
  // AbortSignal.timeout can't be ended with the answer, and would keep the request in memory until it
  // fires.
  const timer = setTimeout(() => limit.abort(new Error('The answer takes too long')), TIME_LIMIT);
  try {
    const response = await fetch(request, { redirect: 'error', signal: limit.signal });
    const chunks: Uint8Array[] = [];
    let size = 0;
    // An answer can drip for hours. Once its headers are here, Node 20 may forget the signal of the
    // fetch when it collects memory, so the body is tied to the signal anew.
    const body = response.body?.pipeThrough(new TransformStream(), { signal: limit.signal });
    for await (const chunk of body ?? []) {
      size += chunk.length;
      if (size > SIZE_LIMIT) throw new Error('The answer is too large');
      chunks.push(chunk);
    }
    // Bytes that are no UTF-8 would become the replacement sign, and two people's names or ids one.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    return { status: response.status, body: text };
  } finally {
    clearTimeout(timer);
  }
}

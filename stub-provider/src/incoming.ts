import type { IncomingMessage } from 'node:http';
import { stubbedProviders } from './protocol.js';
import type { StubbedProvider, StubEndpoint, StubRequest } from './protocol.js';
import type { Registration } from './registration.js';

/** More than any honest token request; the consent form carries the authorize query along. */
const bodyLimit = 256 * 1024;

/** The stub's own pages, below each provider's prefix. */
const ownPaths: Readonly<Record<string, StubEndpoint>> = {
  'POST /decide': 'decide',
  'GET /second-host': 'secondHost',
};

/** Where redirects of the stub lead, with any method. */
export const trapPath = '/trap';

/**
 * Whether the request was meant for this machine. A page whose host name was pointed at 127.0.0.1
 * (DNS rebinding) sends its own name.
 */
export function isForLoopback({ headers: { host = '' } }: IncomingMessage): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host);
}

/** Reads and sorts a request; the body is empty when it is too long or can't be read. */
export async function readRequest(
  message: IncomingMessage,
  url: URL,
  registrations: Readonly<Record<StubbedProvider, Registration>>,
): Promise<StubRequest> {
  const { method = 'GET', headers } = message;
  const [, prefix, path] = /^\/([^/]+)(\/.*)$/.exec(url.pathname) ?? [];
  const provider = stubbedProviders.find((one) => one === prefix) ?? null;
  const query = firstOfEach(url.searchParams);
  const body = readBody(headers['content-type'] ?? '', await bytesOf(message));
  if (provider === null || path === undefined) {
    const endpoint = 'unknown';
    return { provider: null, endpoint, method, path: url.pathname, query, body, headers };
  }
  const endpoint = endpointAt(registrations[provider], method, path);
  return { provider, endpoint, method, path, query, body, headers };
}

/** The parameters of a query as they are recorded. */
export function firstOfEach(parameters: URLSearchParams): Readonly<Record<string, string>> {
  return Object.fromEntries([...parameters].toReversed());
}

function endpointAt({ dialect }: Registration, method: string, path: string): StubEndpoint {
  if (path === trapPath) return 'trap';
  const own = ownPaths[`${method} ${path}`];
  if (own) return own;
  const route = dialect.routes.find((one) => one.method === method && one.path.test(path));
  return route?.endpoint ?? 'unknown';
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    // Without an encoding, a request gives buffers only.
    size += chunk.length;
    if (size <= bodyLimit) chunks.push(chunk);
  }
  return size <= bodyLimit ? Buffer.concat(chunks) : Buffer.alloc(0);
}

function readBody(type: string, bytes: Buffer): Readonly<Record<string, string>> {
  const text = bytes.toString();
  if (type.startsWith('application/x-www-form-urlencoded')) {
    return firstOfEach(new URLSearchParams(text));
  }
  if (!type.startsWith('application/json')) return {};
  try {
    const value: unknown = JSON.parse(text);
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    return Object.fromEntries(entries.filter(([, one]) => typeof one === 'string'));
  } catch {
    return {};
  }
}

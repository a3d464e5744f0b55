import { isIP } from 'node:net';
import type { Environment } from './variables.js';

/** Whether a host name, as `URL` gives it, means this machine alone. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/**
 * @param baseUrl what BASE_URL names; null when it is no address
 * @returns a sentence for each mistake in where the application listens and is found
 */
export function addressProblems(
  environment: Environment,
  baseUrl: URL | null,
  production: boolean,
  loopback: boolean,
): string[] {
  if (baseUrl === null) {
    return ['BASE_URL must be an absolute address such as https://accounts.example.com.'];
  }
  const problems: string[] = [];
  if (baseUrl.pathname !== '/' || baseUrl.search !== '' || baseUrl.username !== '') {
    problems.push('BASE_URL must be an origin alone: scheme, host and port, without a path.');
  }
  if (production && !environment.BASE_URL) {
    problems.push('BASE_URL is missing: give the address that people open, with https.');
  }
  if (!production && !loopback) {
    problems.push(
      'BASE_URL is a public address, so NODE_ENV=production must be set: development mode is for loopback only.',
    );
  }
  if (production && baseUrl.protocol === 'http:' && !loopback) {
    problems.push('BASE_URL must start with https:// in production (http only for localhost).');
  }
  if (
    !production &&
    environment.HOST &&
    !isLoopback(environment.HOST) &&
    environment.HOST !== '::1'
  ) {
    problems.push(
      'HOST must be a loopback address in development mode, or NODE_ENV=production be set.',
    );
  }
  return problems;
}

/** Names that Express's trust proxy setting knows beside addresses and networks. */
const PROXY_NAMES = ['loopback', 'linklocal', 'uniquelocal'];

/** @returns a sentence for each entry of TRUST_PROXY that is none */
export function proxyProblems(proxies: readonly string[]): string[] {
  return proxies
    .filter((proxy) => !PROXY_NAMES.includes(proxy) && !isNetwork(proxy))
    .map(
      (proxy) =>
        `TRUST_PROXY may hold addresses, networks and the words ${PROXY_NAMES.join(', ')}, not "${proxy}": believing every sender lets anybody choose their address.`,
    );
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  // A prefix of 0 trusts the whole internet.
  return /^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128);
}

import { isIP } from 'node:net';

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

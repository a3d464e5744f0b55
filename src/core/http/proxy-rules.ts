import { isIP } from 'node:net';

/** Names that Express's trust proxy setting knows beside addresses and networks. */
const PROXY_NAMES = ['loopback', 'linklocal', 'uniquelocal'];

/**
 * A network of IPv6 addresses; one of IPv4 addresses is the IPv6 network that they are mapped to (RFC
 * 4291).
 */
interface Network {
  readonly address: bigint;
  /** Bits that all of its addresses share. */
  readonly prefix: number;
}

const network = (address: string, prefix: number): Network => ({
  address: valueOf(address),
  prefix,
});

/** All IPv4 addresses: Express finds them in IPv6 networks as well. */
const IPV4 = network('::ffff:0:0', 96);
/** Networks that hold no address of the internet (RFC 4193, RFC 4291). */
const PRIVATE = [network('fc00::', 7), network('fe80::', 10)];

/** No network of proxies is wider; a wider one is a piece of the internet. */
const WIDEST = { ipv4: 8, ipv6: 16 };

/** @returns a sentence for each entry of TRUST_PROXY that is none, or that trusts the internet */
export function proxyProblems(proxies: readonly string[]): string[] {
  const entries = [...new Set(proxies)].filter((proxy) => !PROXY_NAMES.includes(proxy));
  const networks = entries.map(networkOf);
  const problems = entries
    .filter((_, index) => !isAcceptable(networks[index] ?? null))
    .map(
      (proxy) =>
        `TRUST_PROXY may hold addresses, networks and the words ${PROXY_NAMES.join(', ')}, not "${proxy}": believing every sender lets anybody choose their address.`,
    );
  if (problems.length > 0 || !coverHalf(networks.filter((each) => each !== null))) return problems;
  return [
    'TRUST_PROXY covers half of the internet or more: believing every sender lets anybody choose their address.',
  ];
}

function isAcceptable(one: Network | null): boolean {
  if (one === null) return false;
  if (overlap(one, IPV4)) return one.prefix >= IPV4.prefix + WIDEST.ipv4;
  return one.prefix >= WIDEST.ipv6 || PRIVATE.some((each) => isWithin(one, each));
}

// Half of the IPv4 addresses, or half of the public IPv6 ones, which are an eighth of all (2000::/3).
function coverHalf(networks: readonly Network[]): boolean {
  const share = (those: readonly Network[], bits: number) =>
    those.reduce((sum, { prefix }) => sum + 2 ** (bits - prefix), 0);
  const ipv4 = networks.filter((each) => overlap(each, IPV4));
  const ipv6 = networks.filter(
    (each) => !overlap(each, IPV4) && !PRIVATE.some((other) => isWithin(each, other)),
  );
  return share(ipv4, IPV4.prefix) >= 1 / 2 || share(ipv6, 3) >= 1 / 2;
}

function networkOf(text: string): Network | null {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return null;
  const longest = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : NaN;
  if (!(prefix <= longest)) return null;
  return version === 4
    ? network(`::ffff:${address}`, IPV4.prefix + prefix)
    : network(address.split('%')[0] ?? '', prefix);
}

function isWithin(inner: Network, outer: Network): boolean {
  const rest = BigInt(128 - outer.prefix);
  return inner.prefix >= outer.prefix && inner.address >> rest === outer.address >> rest;
}

function overlap(one: Network, other: Network): boolean {
  return isWithin(one, other) || isWithin(other, one);
}

/** @param address IPv6, in any spelling */
function valueOf(address: string): bigint {
  // URLs have one spelling of each address (RFC 5952), without a dotted end.
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const groups = (text = '') => text.split(':').filter((group) => group !== '');
  const [front, back] = [groups(head), groups(tail)];
  const zeros = Array<string>(8 - front.length - back.length).fill('0');
  return [...front, ...zeros, ...back].reduce(
    (value, group) => (value << 16n) + BigInt(`0x${group}`),
    0n,
  );
}

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
/**
 * IPv6 networks in which each IPv4 address has a place behind the prefix: compatible and translated ones
 * (RFC 4291, RFC 2765), NAT64 (RFC 6052, RFC 8215), Teredo (RFC 4380) and 6to4 (RFC 3056). A translator in
 * front of the server shows it the whole internet in there.
 */
const EMBEDDING = [
  IPV4,
  network('::', 96),
  network('::ffff:0:0:0', 96),
  network('64:ff9b::', 96),
  network('64:ff9b:1::', 48),
  network('2001::', 32),
  network('2002::', 16),
];
/** Networks that hold no address of the internet (RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291). */
const PRIVATE = [
  ...[
    ['10.0.0.0', 8] as const,
    ['127.0.0.0', 8] as const,
    ['172.16.0.0', 12] as const,
    ['192.168.0.0', 16] as const,
    ['100.64.0.0', 10] as const,
    ['169.254.0.0', 16] as const,
  ].map(([address, prefix]) => network(`::ffff:${address}`, IPV4.prefix + prefix)),
  network('fc00::', 7),
  network('fe80::', 10),
];

/** No network of proxies is wider; a wider one is a piece of the internet. */
const WIDEST = { ipv4: 8, ipv6: 24 };
/**
 * What all public networks together may hold: as much as a network with this prefix. The largest lists of
 * proxies hold far less, and most of the IPv6 internet lives in a hundredth of its addresses.
 */
const TOGETHER = { ipv4: 6, ipv6: 16 };

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
  if (problems.length > 0 || !coverTooMuch(networks.filter((each) => each !== null)))
    return problems;
  return [
    'TRUST_PROXY covers too much of the internet: believing nearly every sender lets anybody choose their address.',
  ];
}

function isAcceptable(one: Network | null): boolean {
  if (one === null) return false;
  if (PRIVATE.some((each) => isWithin(one, each))) return true;
  const around = EMBEDDING.filter((each) => overlap(one, each));
  if (around.length > 0) return around.every(({ prefix }) => one.prefix >= prefix + WIDEST.ipv4);
  return one.prefix >= WIDEST.ipv6;
}

function coverTooMuch(networks: readonly Network[]): boolean {
  const open = networks.filter((one) => !PRIVATE.some((each) => isWithin(one, each)));
  const shareOf = ({ prefix }: Network, whole: number) => 2 ** (whole - prefix);
  const ipv6 = open.filter((one) => !EMBEDDING.some((each) => overlap(one, each)));
  return (
    sum(ipv6.map((one) => shareOf(one, TOGETHER.ipv6))) >= 1 ||
    EMBEDDING.some(({ address, prefix }) => {
      const inside = open.filter((one) => isWithin(one, { address, prefix }));
      return sum(inside.map((one) => shareOf(one, prefix + TOGETHER.ipv4))) >= 1;
    })
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
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

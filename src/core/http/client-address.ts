import type { Request } from 'express';
import { isIP, isIPv6 } from 'node:net';

/**
 * The address that limits count by: an IPv4 address, or the /64 network of an IPv6 address, since
 * one customer usually has a whole /64.
 *
 * @returns null when there is no usable address (a socket file, a garbled header of a trusted
 *   proxy): such requests share no bucket, or one of them could shut everybody out
 */
export function clientNetwork(request: Request): string | null {
  const address = clientAddress(request);
  return address !== null && isIPv6(address) ? `${firstHalf(address)}::/64` : address;
}

/** @returns the client's network address in its one spelling; null as for `clientNetwork` */
export function clientAddress(request: Request): string | null {
  const address = withoutPort(request.ip ?? '');
  if (isIP(address) === 0) return null;
  if (!isIPv6(address)) return address;
  // One spelling of each address (RFC 5952), as URLs have it.
  const { hostname } = new URL(`http://[${address.split('%')[0]}]/`);
  const plain = hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(plain);
  if (!mapped) return plain;
  const [high, low] = [parseInt(mapped[1] ?? '', 16), parseInt(mapped[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

// Some proxies write "192.0.2.1:4711" or "[2001:db8::1]:4711".
function withoutPort(entry: string): string {
  return (
    /^(\d+(?:\.\d+){3}):\d+$/.exec(entry)?.[1] ?? /^\[(.*)\](?::\d+)?$/.exec(entry)?.[1] ?? entry
  );
}

function firstHalf(address: string): string {
  const [head = '', tail] = address.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array<string>(Math.max(0, zeros)).fill('0'), ...back];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}

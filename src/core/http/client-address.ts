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
  const address = request.ip ?? '';
  if (isIP(address) === 0) return null;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return isIPv6(address) ? `${firstHalf(address)}::/64` : address;
}

function firstHalf(address: string): string {
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array<string>(Math.max(0, zeros)).fill('0'), ...back];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}

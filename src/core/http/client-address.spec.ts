import type { Request } from 'express';
import fc from 'fast-check';
import { clientAddress, clientNetwork } from './client-address.js';

function networkOf(ip: string | undefined): string | null {
  // Express's own reading of the proxies' headers is in `ip` already; nothing else is looked at.
  return clientNetwork({ ip } as Request);
}

describe('the network that limits count by', () => {
  it('is an IPv4 address itself', () => {
    expect(networkOf('192.0.2.7')).toBe('192.0.2.7');
    expect(networkOf('192.0.2.8')).not.toBe(networkOf('192.0.2.7'));
  });

  it('NW-03 is one for 100 addresses of a /64', () => {
    const addresses = Array.from({ length: 100 }, (_, n) => `2001:db8:1:2:${n.toString(16)}::${n}`);
    expect(new Set(addresses.map(networkOf))).toEqual(new Set(['2001:db8:1:2::/64']));
  });

  it('NW-03 is another one for the next /64', () => {
    expect(networkOf('2001:db8:1:3::1')).toBe('2001:db8:1:3::/64');
  });

  it.each([
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8:0:0::/64'],
    ['2001:DB8::1', '2001:db8:0:0::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ])('NW-03 of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('NW-03 is one for every spelling of an address', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
        expect(networkOf(address)).toBe(networkOf(canonical));
        expect(networkOf(address.toUpperCase())).toBe(networkOf(canonical));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['::ffff:192.0.2.7', '::FFFF:192.0.2.7', '::ffff:c000:207', '0:0:0:0:0:ffff:192.0.2.7'])(
    'NW-03 of the IPv4-mapped %s is the IPv4 address',
    (address) => {
      expect(networkOf(address)).toBe('192.0.2.7');
    },
  );

  it.each([
    ['192.0.2.7:4711', '192.0.2.7'],
    ['[2001:db8::1]:4711', '2001:db8:0:0::/64'],
    ['[2001:db8::1]', '2001:db8:0:0::/64'],
  ])('NW-02 of %s, as some proxies write it, is that of the address', (entry, network) => {
    expect(networkOf(entry)).toBe(network);
  });

  it.each([
    undefined,
    '',
    'unknown',
    '256.1.1.1',
    '1.2.3',
    '::ffff:300.1.1.1',
    '2001:db8::1::2',
    '192.0.2.7, 192.0.2.8',
    ' 192.0.2.7',
    '127.0.0.1\r\nX: y',
    'a'.repeat(10_240),
  ])('NW-02 is none for %j', (address) => {
    expect(networkOf(address)).toBeNull();
  });
});

it.each([
  ['192.0.2.7:4711', '192.0.2.7'],
  ['::ffff:c000:207', '192.0.2.7'],
  ['2001:0DB8:0:0::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['<b>here</b>', null],
  [undefined, null],
])('the client’s own address in %s is %s', (ip, address) => {
  expect(clientAddress({ ip } as Request)).toBe(address);
});

import type { Request } from 'express';
import { clientNetwork } from './client-address.js';

// All that is read of a request is its address.
const network = (ip?: string) => clientNetwork({ ip } as Request);

it('NW-03 counts an IPv6 network of 64 bits as one address, however it is written', () => {
  for (const address of ['2001:db8:1:2::1', '2001:0db8:0001:0002:ffff::', '2001:DB8:1:2:3:4:5:6']) {
    expect(network(address)).toBe('2001:db8:1:2::/64');
  }
  expect(network('2001:db8:1:3::1')).not.toBe(network('2001:db8:1:2::1'));
  expect(network('::1')).toBe('0:0:0:0::/64');
});

it('counts an IPv4 address as itself, mapped or not', () => {
  expect(network('203.0.113.7')).toBe('203.0.113.7');
  expect(network('::ffff:203.0.113.7')).toBe('203.0.113.7');
});

it('NW-02, NW-05 gives what is no address no bucket at all', () => {
  for (const garbage of [undefined, '', 'unknown', '203.0.113.7:80', 'x'.repeat(10_000)]) {
    expect(network(garbage)).toBeNull();
  }
});

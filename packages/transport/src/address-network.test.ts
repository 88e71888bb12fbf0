import { describe, expect, it } from '@jest/globals';
import { isLoopback, networkOf } from './address-network.ts';

describe('networkOf', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1:2:3::4.5.6.7', '1:2:3:0::/64'],
    ['seed.example', 'seed.example'],
  ])('puts %s into %s', (host, network) => {
    expect(networkOf(host)).toBe(network);
  });
});

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', false],
    ['::2', false],
    ['2001:db8::1', false],
  ])('of %s is %s', (host, loopback) => {
    expect(isLoopback(host)).toBe(loopback);
  });
});

import { describe, expect, it } from '@jest/globals';
import type { NetworkInterfaceInfo } from 'node:os';
import { virtualClock } from '@macula/testkit';
import { dialableAddresses, LocalAddresses } from './local-addresses.ts';

function interfaces(...hosts: string[]) {
  const addresses = hosts.map((address) => ({
    address,
    family: address.includes(':') ? 'IPv6' : 'IPv4',
  }));
  return () => ({ eth0: addresses as NetworkInterfaceInfo[] });
}

describe('the addresses of a listener', () => {
  it('are the one it is bound to', () => {
    expect(dialableAddresses({ host: '192.0.2.1', port: 5 }, interfaces('10.0.0.1'))).toEqual([
      { host: '192.0.2.1', port: 5 },
    ]);
  });

  it.each([
    ['::', ['127.0.0.1', '10.0.0.1', '2001:db8::1', 'fe80::1', '::1'], ['10.0.0.1', '2001:db8::1']],
    ['0.0.0.0', ['127.0.0.1', '10.0.0.1', '2001:db8::1'], ['10.0.0.1']],
    ['::', ['127.0.0.1', '::1', 'fe80::1'], ['127.0.0.1', '::1']],
    ['0.0.0.0', [], []],
  ])('bound to %s of a machine with %j are %j', (host, has, wanted) => {
    const found = dialableAddresses({ host, port: 5 }, interfaces(...has));
    expect(found).toEqual(wanted.map((address) => ({ host: address, port: 5 })));
  });

  it('are none before it is bound, and what is announced in any case', () => {
    const clock = virtualClock();
    const addresses = new LocalAddresses(clock, undefined);
    expect(addresses.current()).toEqual([]);
    addresses.bind([{ host: '127.0.0.1', port: 7 }]);
    expect(addresses.current()).toEqual([{ host: '127.0.0.1', port: 7 }]);
    expect(addresses.current()).toBe(addresses.current());
    const announced = [{ host: 'node.example', port: 4433 }];
    expect(new LocalAddresses(clock, announced).current()).toBe(announced);
  });
});

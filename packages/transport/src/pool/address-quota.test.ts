import { describe, expect, it } from '@jest/globals';
import { AddressQuota } from './address-quota.ts';

describe('a quota per address', () => {
  it('is given back once', () => {
    const quota = new AddressQuota(1, 10);
    const release = quota.take('192.0.2.1');
    expect(quota.take('192.0.2.1')).toBeUndefined();
    release?.();
    release?.();
    expect(quota.take('192.0.2.1')).toBeDefined();
    expect(quota.take('192.0.2.1')).toBeUndefined();
  });

  it('counts an IPv6 /64 as one, and this machine only for the total', () => {
    const quota = new AddressQuota(1, 4);
    expect(quota.take('2001:db8::1')).toBeDefined();
    expect(quota.take('2001:db8::2')).toBeUndefined();
    for (let n = 0; n < 3; n += 1) expect(quota.take('127.0.0.1')).toBeDefined();
    expect(quota.take('127.0.0.1')).toBeUndefined();
    expect(quota.take('198.51.100.1')).toBeUndefined();
  });
});

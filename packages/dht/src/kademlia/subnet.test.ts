import { describe, expect, it, test } from '@jest/globals';
import { contactOf } from '../../test/contacts.ts';
import { subnetOf, subnetOfContact, SubnetTally } from './subnet.ts';

describe('subnetOf', () => {
  test.each([
    ['198.51.100.7', '198.51.100'],
    ['::ffff:198.51.100.7', '198.51.100'],
    ['2001:db8:7::1', '2001:db8:7'],
    ['2001:0DB8:0007:1::1', '2001:db8:7'],
    ['2001:db8::1', '2001:db8:0'],
    ['10.1.2.3', undefined],
    ['172.20.0.1', undefined],
    ['192.168.1.1', undefined],
    ['100.64.9.9', undefined],
    ['127.0.0.1', undefined],
    ['::1', undefined],
    ['fd00::1', undefined],
    ['fe80::1', undefined],
    ['seed.example', undefined],
  ])('of %s is %s', (host, subnet) => {
    expect(subnetOf(host)).toBe(subnet);
  });

  it('of a contact is that of its best address', () => {
    expect(subnetOfContact(contactOf('1', '198.51.100.7'))).toBe('198.51.100');
    expect(subnetOfContact({ ...contactOf('1'), addresses: [] })).toBeUndefined();
  });
});

describe('a tally of subnets', () => {
  it('allows so many of each, and private ones without end', () => {
    const tally = new SubnetTally(2);
    for (let i = 0; i < 2; i++) {
      expect(tally.allows('a')).toBe(true);
      tally.add('a');
      tally.add(undefined);
    }
    expect(tally.allows('a')).toBe(false);
    expect(tally.allows('b')).toBe(true);
    expect(tally.allows(undefined)).toBe(true);
    tally.remove('a');
    expect(tally.allows('a')).toBe(true);
  });
});

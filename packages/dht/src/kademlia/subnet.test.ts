import { describe, expect, it, test } from '@jest/globals';
import { contactOf } from '../../test/contacts.ts';
import { subnetOf, subnetOfContact } from './subnet.ts';

describe('subnetOf', () => {
  test.each([
    ['198.51.100.7', '198.51.100.250'],
    ['198.51.100.7', '::ffff:198.51.100.7'],
    ['2001:db8:7::1', '2001:0DB8:0007:1::1'],
    ['2001:db8::1', '2001:db8:0:ffff::'],
  ])('is the same for %s and %s', (one, other) => {
    expect(subnetOf(one)).toBeDefined();
    expect(subnetOf(one)).toBe(subnetOf(other));
  });

  it('tells networks apart', () => {
    const hosts = ['198.51.100.7', '198.51.101.7', '100.198.51.7', '1.2.3.4', '2001:db8:7::1'];
    hosts.push('2001:db8:8::1', '2001:db9:7::1', '::c633:6407:0:0:0:0:1', '::198.51.100.7');
    expect(new Set(hosts.map((host) => subnetOf(host))).size).toBe(hosts.length);
  });

  test.each([
    '10.1.2.3',
    '172.20.0.1',
    '192.168.1.1',
    '100.64.9.9',
    '127.0.0.1',
    '169.254.1.1',
    '::1',
    'fd00::1',
    'fe80::1',
    'seed.example',
  ])('does not count %s', (host) => {
    expect(subnetOf(host)).toBeUndefined();
  });

  it('of a contact is that of its best address', () => {
    expect(subnetOfContact(contactOf('1', '198.51.100.7'))).toBe(subnetOf('198.51.100.0'));
    expect(subnetOfContact({ ...contactOf('1'), addresses: [] })).toBeUndefined();
  });
});

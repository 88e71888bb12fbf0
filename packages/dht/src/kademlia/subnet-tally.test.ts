import { describe, expect, it } from '@jest/globals';
import { SubnetTally } from './subnet-tally.ts';

describe('a tally of subnets', () => {
  it('allows so many of each, and private ones without end', () => {
    const tally = new SubnetTally(2);
    for (let i = 0; i < 2; i++) {
      expect(tally.allows(1)).toBe(true);
      tally.add(1);
      tally.add(undefined);
    }
    expect(tally.allows(1)).toBe(false);
    expect(tally.allows(2)).toBe(true);
    expect(tally.allows(undefined)).toBe(true);
    tally.remove(1);
    expect(tally.allows(1)).toBe(true);
  });

  it('counts what is left when some go, whatever was added last', () => {
    const tally = new SubnetTally(2);
    for (const subnet of [1, 2, 3, 2]) tally.add(subnet);
    for (const subnet of [1, 9, undefined, 2]) tally.remove(subnet);
    expect([1, 2, 3, 9].map((subnet) => tally.count(subnet))).toEqual([0, 1, 1, 0]);
  });
});

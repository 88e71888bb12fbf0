import { describe, expect, it } from '@jest/globals';
import type { Link, NodeId } from '@macula/core';
import { contactOf, idOf } from '../../test/contacts.ts';
import { prospectsOf } from './prospects.ts';

const target = idOf('00');
/** Replicas share about 8 bits with the target. */
const mesh = { depth: 8, k: 20 };

function prospects(links: Record<string, number> = {}): ReturnType<typeof prospectsOf> {
  const get = ({ key }: NodeId): Link | undefined => {
    const rtt = links[key.slice(0, 2)];
    return rtt === undefined ? undefined : ({ rtt } as Link);
  };
  const seeds = Object.keys(links).map((digits) => contactOf(digits));
  return prospectsOf(target, seeds, { get }, mesh);
}

describe('what a lookup expects', () => {
  it('counts on those that share as much with the target as neighbours share', () => {
    const { isNear } = prospects();
    expect([isNear(contactOf('00a0')), isNear(contactOf('01'))]).toEqual([true, false]);
  });

  it('prefers an open link to a node farther away, as long as it saves a dial', () => {
    const { cost } = prospects({ '10': 60 });
    // Both are one more step away from the replicas.
    expect(cost(contactOf('10'))).toBeLessThan(cost(contactOf('04')));
  });

  it('does not go far out of its way for an open link', () => {
    const { cost } = prospects({ '80': 60 });
    expect(cost(contactOf('80'))).toBeGreaterThan(cost(contactOf('00a0')));
  });

  it('asks no more than it needs where answers come at once', () => {
    expect(prospects({ '10': 60 }).hedge).toBeGreaterThan(0);
    expect(prospects({ '10': 0.4 }).hedge).toBe(0);
  });

  it('does not look for the quickest link where all are quick', () => {
    const { cost } = prospects({ '10': 0.4, '11': 0.9, '12': 0.5, '13': 1.5 });
    expect(cost(contactOf('13'))).toBe(cost(contactOf('10')));
    const slower = prospects({ '10': 40, '11': 90, '12': 50, '13': 150 });
    expect(slower.cost(contactOf('13'))).toBeGreaterThan(slower.cost(contactOf('10')));
  });

  it('takes a link that was not measured yet for as quick as the others', () => {
    const { cost } = prospects({ '10': 60, '11': NaN });
    expect(cost(contactOf('11'))).toBe(cost(contactOf('10')));
  });
});

import { describe, expect, it } from '@jest/globals';
import { formatAddress } from '@macula/core';
import type { Backend } from '../backend.ts';
import { planRace } from './race-plan.ts';

const quic = { protocol: 'quic' } as Backend;
const tcp = { protocol: 'tcp' } as Backend;
const addresses = [
  { host: '192.0.2.1', port: 1 },
  { host: '192.0.2.2', port: 2 },
];
const options = { staggerMs: 250, fallbackMs: 1_500 };

function plan(backends: Backend[], preferred: 'quic' | 'tcp'): string[] {
  return planRace(addresses, backends, preferred, options).map(
    ({ backend, address, startMs }) => `${startMs} ${backend.protocol} ${formatAddress(address)}`,
  );
}

describe('a race', () => {
  it('starts each address a little later, and the other protocol later still', () => {
    expect(plan([quic, tcp], 'quic')).toEqual([
      '0 quic 192.0.2.1:1',
      '250 quic 192.0.2.2:2',
      '1500 tcp 192.0.2.1:1',
      '1750 tcp 192.0.2.2:2',
    ]);
  });

  it('starts with the protocol that worked before', () => {
    expect(plan([quic, tcp], 'tcp')[0]).toBe('0 tcp 192.0.2.1:1');
  });

  it('does with one protocol', () => {
    expect(plan([tcp], 'quic')).toEqual(['0 tcp 192.0.2.1:1', '250 tcp 192.0.2.2:2']);
  });
});

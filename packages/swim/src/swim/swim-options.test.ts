import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from '@macula/core';
import { type SwimOptions, swimSettings } from './swim-options.ts';

describe('the options of SWIM', () => {
  it("default to memberlist's LAN profile with all of Lifeguard", () => {
    expect(swimSettings({})).toMatchObject({
      probeIntervalMs: 1_000,
      probeTimeoutMs: 500,
      indirectProbes: 3,
      gossipIntervalMs: 200,
      gossipNodes: 3,
      suspicionMult: 4,
      suspicionMaxMult: 6,
      retransmitMult: 4,
      syncIntervalMs: 30_000,
      extensions: { localHealth: true, confirmations: true, buddy: true },
    });
  });

  it('turn single extensions off', () => {
    expect(swimSettings({ extensions: { buddy: false } }).extensions).toEqual({
      localHealth: true,
      confirmations: true,
      buddy: false,
    });
  });

  it.each<[string, SwimOptions]>([
    ['no period', { probeIntervalMs: 0 }],
    ['endless gossip', { gossipIntervalMs: Infinity }],
    ['not a number', { rings: NaN }],
    ['a timeout as long as the period', { probeTimeoutMs: 1_000 }],
    ['more rings than an ID has places for', { rings: 8 }],
    ['half a ring', { rings: 2.5 }],
  ])('refuse %s', (_, options) => {
    expect(() => swimSettings(options)).toThrow(InvalidArgumentError);
  });
});

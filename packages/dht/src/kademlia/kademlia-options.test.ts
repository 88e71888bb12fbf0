import { describe, expect, test } from '@jest/globals';
import { InvalidArgumentError } from '@macula/core';
import { type KademliaOptions, kademliaSettings } from './kademlia-options.ts';

describe('the options of Kademlia', () => {
  const wrong: [KademliaOptions][] = [
    [{ k: 0 }],
    [{ k: 2.5 }],
    [{ alpha: Number.NaN }],
    [{ leaseMs: Infinity }],
    [{ lifetimeMs: 25 * 3_600_000 }],
    [{ lifetimeMs: 1_000 }],
  ];
  test.each(wrong)('%j are refused', (options) => {
    expect(() => kademliaSettings(options)).toThrow(InvalidArgumentError);
  });

  test('have defaults', () => {
    expect(kademliaSettings({ k: 8 })).toMatchObject({ k: 8, alpha: 3, tries: 3 });
  });
});

import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from '@macula/core';
import { poolLimits } from './pool/pool-options.ts';
import { assertTransportOptions, type TransportOptions } from './transport-options.ts';

describe('options', () => {
  it.each<[TransportOptions, string]>([
    [{ port: -1 }, 'port'],
    [{ port: 65_536 }, 'port'],
    [{ port: 1.5 }, 'port'],
    [{ quic: false, tcp: false }, 'quic'],
    [{ links: { queueBytes: 0 } }, 'links.queueBytes'],
  ])('%j are refused by name', (options, name) => {
    expect(() => assertTransportOptions(options)).toThrow(InvalidArgumentError);
    expect(() => assertTransportOptions(options)).toThrow(name);
  });

  it.each([
    [{ maxLinks: 0 }, 'maxLinks'],
    [{ idleMs: NaN }, 'idleMs'],
    [{ staggerMs: '250' as unknown as number }, 'staggerMs'],
    [{ silenceLimitMs: 500 }, 'silenceLimitMs'],
  ])('%j of the pool are refused by name', (options, name) => {
    expect(() => poolLimits(options)).toThrow(InvalidArgumentError);
    expect(() => poolLimits(options)).toThrow(name);
  });

  it('have defaults', () => {
    expect(() => assertTransportOptions({})).not.toThrow();
    expect(poolLimits({ maxLinks: 5 })).toMatchObject({ maxLinks: 5, idleMs: 300_000 });
  });
});

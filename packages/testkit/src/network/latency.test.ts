import { describe, expect, it } from '@jest/globals';
import { NodeId } from '@macula/core';
import { numbers } from '../compliance/links/links-bench.ts';
import { seededRandom } from '../random/seeded-random.ts';
import {
  constantLatency,
  geographicLatency,
  greatCircleKm,
  type Latency,
  logNormalLatency,
  uniformLatency,
  zonedLatency,
} from './latency.ts';

const [a, b, c] = [1, 2, 3].map((first) => NodeId.fromBytes(new Uint8Array(32).fill(first))) as [
  NodeId,
  NodeId,
  NodeId,
];
const brussels = { latitude: 50.85, longitude: 4.35 };
const sydney = { latitude: -33.87, longitude: 151.21 };

function draws(latency: Latency, count: number, seed = 1): number[] {
  const random = seededRandom(seed);
  return numbers(count)
    .map(() => latency(a, b, random))
    .sort((x, y) => x - y);
}

describe('latency', () => {
  it('may be constant or spread evenly', () => {
    expect(new Set(draws(constantLatency(3), 10))).toEqual(new Set([3]));
    const even = draws(uniformLatency(10, 20), 1_000);
    expect(even[0]).toBeGreaterThanOrEqual(10);
    expect(even[999]).toBeLessThan(20);
    expect(even[500]).toBeCloseTo(15, 0);
  });

  it('may have a long tail: log-normal around its median', () => {
    const delays = draws(logNormalLatency({ medianMs: 40, sigma: 0.5 }), 10_000);
    expect(delays[5_000]).toBeCloseTo(40, -0.5);
    // Of a normal distribution, 84.13 % lie below one standard deviation.
    expect((delays[8_413] as number) / (40 * Math.exp(0.5))).toBeCloseTo(1, 1);
    expect(delays[0]).toBeGreaterThan(0);
    expect(draws(logNormalLatency({ medianMs: 40, sigma: 2, maxMs: 90 }), 1_000).at(-1)).toBe(90);
  });

  it('repeats itself with its source of chance', () => {
    const latency = logNormalLatency({ medianMs: 10 });
    expect(draws(latency, 20, 7)).toEqual(draws(latency, 20, 7));
    expect(draws(latency, 20, 7)).not.toEqual(draws(latency, 20, 8));
  });

  it('may depend on zones', () => {
    const latency = zonedLatency({
      zoneOf: (node) => (node.equals(c) ? 'far' : 'near'),
      within: constantLatency(1),
      between: (from, to) => constantLatency(from === 'far' && to === 'near' ? 90 : 100),
    });
    const random = seededRandom(1);
    expect(latency(a, b, random)).toBe(1);
    expect(latency(a, c, random)).toBe(100);
    expect(latency(c, a, random)).toBe(90);
  });

  it('may depend on places on Earth', () => {
    expect(greatCircleKm(brussels, brussels)).toBe(0);
    expect(greatCircleKm(brussels, sydney)).toBeCloseTo(16_750, -2);
    const latency = geographicLatency((node) => (node.equals(a) ? brussels : sydney), {
      local: constantLatency(2),
      detour: 2,
    });
    expect(latency(b, c, seededRandom(1))).toBe(2);
    expect(latency(a, b, seededRandom(1))).toBeCloseTo(2 + (16_750 * 2) / 200, -1);
  });

  it.each([
    ['a negative delay', () => constantLatency(-1)],
    ['a range upside down', () => uniformLatency(5, 1)],
    ['a median of 0', () => logNormalLatency({ medianMs: 0 })],
    ['a negative sigma', () => logNormalLatency({ medianMs: 1, sigma: -1 })],
    ['a limit below the median', () => logNormalLatency({ medianMs: 5, maxMs: 1 })],
    ['a detour below 1', () => geographicLatency(() => brussels, { detour: 0.5 })],
  ])('refuses %s', (_what, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'macula.invalid_argument' }));
  });
});

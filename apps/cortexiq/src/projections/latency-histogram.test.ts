import { describe, expect, it } from '@jest/globals';
import { LatencyHistogram } from './latency-histogram.ts';

describe('a histogram of delivery times', () => {
  it('has percentiles that are right to 2 %', () => {
    const histogram = new LatencyHistogram();
    for (let ms = 1; ms <= 1_000; ms++) histogram.add(ms / 10);
    for (const [share, is] of [
      [0.5, 50],
      [0.9, 90],
      [0.99, 99],
      [1, 100],
    ] as const) {
      const told = histogram.percentile(share);
      expect(told).toBeGreaterThanOrEqual(is);
      expect(told).toBeLessThanOrEqual(is * 1.021);
    }
    expect(histogram.max).toBe(100);
  });

  it.each([0, -3, 0.0001])('takes %d ms for its smallest time', (ms) => {
    const histogram = new LatencyHistogram();
    histogram.add(ms);
    expect(histogram.percentile(0.5)).toBeLessThanOrEqual(0.001);
  });

  it('takes hours, too, and never tells more than was there', () => {
    const histogram = new LatencyHistogram();
    histogram.add(10_000_000);
    expect(histogram.max).toBe(10_000_000);
    expect(histogram.percentile(0.5)).toBeGreaterThan(60_000);
  });

  it('is all zeros without any', () => {
    const histogram = new LatencyHistogram();
    expect([histogram.percentile(0.5), histogram.max]).toEqual([0, 0]);
  });
});

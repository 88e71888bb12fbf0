import { expect, it } from '@jest/globals';
import { type Metrics, noMetrics } from './contracts/metrics.ts';
import { MetricsScope } from './metrics-scope.ts';

const level = { name: 'macula_test_level', help: 'Level' };

/** Metrics that tell what is read now. */
function observed() {
  const readers = new Set<() => number>();
  const metrics: Metrics = {
    ...noMetrics,
    observedGauge: (_, read) => {
      readers.add(read);
      return () => readers.delete(read);
    },
  };
  return { metrics, readers };
}

it('lets go of what was observed within it, and of nothing else', () => {
  const { metrics, readers } = observed();
  const [one, other] = [new MetricsScope(metrics), new MetricsScope(metrics)];
  one.observedGauge(level, () => 1);
  one.observedGauge(level, () => 2);
  other.observedGauge(level, () => 3);
  one.release();
  expect([...readers].map((read) => read())).toEqual([3]);
  one.release();
  expect(readers.size).toBe(1);
});

it('lets go of a single gauge, too', () => {
  const { metrics, readers } = observed();
  const scope = new MetricsScope(metrics);
  const release = scope.observedGauge(level, () => 1);
  scope.observedGauge(level, () => 2);
  release();
  expect([...readers].map((read) => read())).toEqual([2]);
});

it('counts where the metrics count', () => {
  let counted = 0;
  let set = 0;
  let sum = 0;
  const scope = new MetricsScope({
    ...noMetrics,
    counter: () => ({ inc: (by = 1) => (counted += by) }),
    gauge: () => ({ set: (value) => (set = value) }),
    histogram: () => ({ observe: (value) => (sum += value) }),
  });
  scope.counter(level).inc(2);
  scope.gauge(level).set(3);
  scope.histogram({ ...level, buckets: [1] }).observe(4);
  scope.release();
  expect([counted, set, sum]).toEqual([2, 3, 4]);
});

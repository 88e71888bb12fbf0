import type { Unsubscribe } from './unsubscribe.ts';

/** A value that only grows. */
export interface Counter {
  inc(by?: number): void;
}

/** A value that goes up and down. */
export interface Gauge {
  set(value: number): void;
}

/** A distribution of observed values. */
export interface Histogram {
  observe(value: number): void;
}

/** Fixed labels of one time series. Values must come from a small closed set, never from a peer. */
export type MetricLabels = Readonly<Record<string, string>>;

/** Description of a metric: Prometheus naming (`macula_<layer>_<what>_<unit>[_total]`). */
export interface MetricDescription {
  readonly name: string;
  readonly help: string;
  readonly labels?: MetricLabels;
}

/**
 * Counters and histograms as a service. Components ask for their series once, at construction, and
 * keep them: recording a value costs a method call and no allocation. Asking again for the same name
 * and labels gives the same series.
 */
export interface Metrics {
  counter(description: MetricDescription): Counter;
  gauge(description: MetricDescription): Gauge;
  /**
   * A gauge whose value is read when somebody looks; of several readers, the sum. Metrics hold `read`, and so what it reads,
   * until it is released. Components do not release: whoever makes one that ends before its metrics hands in a `MetricsScope`.
   */
  observedGauge(description: MetricDescription, read: () => number): Unsubscribe;
  /** `buckets` are upper bounds in the unit that the name states. */
  histogram(description: MetricDescription & { readonly buckets: readonly number[] }): Histogram;
}

const nothing = { inc: () => undefined, set: () => undefined, observe: () => undefined };

/** Records nothing: the default wherever Metrics are optional. */
export const noMetrics: Metrics = {
  counter: () => nothing,
  gauge: () => nothing,
  observedGauge: () => () => undefined,
  histogram: () => nothing,
};

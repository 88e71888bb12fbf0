import type { Counter, Gauge, Histogram, MetricDescription, Metrics } from './contracts/metrics.ts';
import { Listeners } from './listeners.ts';

/** Metrics for something that ends before they do: its gauges are read until `release`. What was counted stays. */
export class MetricsScope implements Metrics {
  readonly #metrics: Metrics;
  readonly #released = new Listeners();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  counter(description: MetricDescription): Counter {
    return this.#metrics.counter(description);
  }

  gauge(description: MetricDescription): Gauge {
    return this.#metrics.gauge(description);
  }

  observedGauge(description: MetricDescription, read: () => number): () => void {
    const release = this.#metrics.observedGauge(description, read);
    this.#released.add(release);
    return release;
  }

  histogram(description: MetricDescription & { readonly buckets: readonly number[] }): Histogram {
    return this.#metrics.histogram(description);
  }

  /** Lets go of all gauges that were asked for here. */
  release(): void {
    this.#released.emit();
    this.#released.clear();
  }
}

import type { Metrics } from '@macula/core';

/** Metrics that can also be read back, by name and labels: what `/health` shows. */
export class CountedMetrics implements Metrics {
  readonly #metrics: Metrics;
  readonly #counts = new Map<string, { value: number }>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** What a counter has counted. */
  count(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.#counts.get(keyOf(name, labels))?.value ?? 0;
  }

  counter(description: Parameters<Metrics['counter']>[0]): ReturnType<Metrics['counter']> {
    const counter = this.#metrics.counter(description);
    const count = { value: 0 };
    this.#counts.set(keyOf(description.name, description.labels ?? {}), count);
    return {
      inc: (by = 1) => {
        count.value += by;
        counter.inc(by);
      },
    };
  }

  gauge(description: Parameters<Metrics['gauge']>[0]): ReturnType<Metrics['gauge']> {
    return this.#metrics.gauge(description);
  }

  observedGauge(description: Parameters<Metrics['observedGauge']>[0], read: () => number): void {
    this.#metrics.observedGauge(description, read);
  }

  histogram(description: Parameters<Metrics['histogram']>[0]): ReturnType<Metrics['histogram']> {
    return this.#metrics.histogram(description);
  }
}

function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  return `${name}${JSON.stringify(labels)}`;
}

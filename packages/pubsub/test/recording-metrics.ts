import type { MetricDescription, Metrics } from '@macula/core';

/** Metrics whose values a test can read. */
export class RecordingMetrics implements Metrics {
  readonly #values = new Map<string, number>();
  readonly #reads = new Map<string, () => number>();

  /** The value of a series: its name without `macula_pubsub_` and `_total`, and its reason. */
  value(name: string, reason?: string): number {
    const read = this.#reads.get(`macula_pubsub_${name}`);
    if (read !== undefined) return read();
    const suffix = reason === undefined ? '' : `{${reason}}`;
    return this.#values.get(`macula_pubsub_${name}_total${suffix}`) ?? 0;
  }

  counter({ name, labels }: MetricDescription) {
    const label = labels?.['reason'] ?? labels?.['outcome'];
    const key = label === undefined ? name : `${name}{${label}}`;
    return {
      inc: (by = 1) => {
        this.#values.set(key, (this.#values.get(key) ?? 0) + by);
      },
    };
  }

  gauge() {
    return { set: () => undefined };
  }

  observedGauge({ name }: MetricDescription, read: () => number) {
    this.#reads.set(name, read);
    return () => undefined;
  }

  histogram() {
    return { observe: () => undefined };
  }
}

import { type Counter, type MetricDescription, MetricsScope } from '@macula/core';

/** Metrics whose counters can also be read back, by name and labels: what `/health` shows. */
export class CountedMetrics extends MetricsScope {
  readonly #counts = new Map<string, { value: number }>();

  /** What a counter has counted. */
  count(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.#counts.get(keyOf(name, labels))?.value ?? 0;
  }

  override counter(description: MetricDescription): Counter {
    const counter = super.counter(description);
    const count = { value: 0 };
    this.#counts.set(keyOf(description.name, description.labels ?? {}), count);
    return {
      inc: (by = 1) => {
        count.value += by;
        counter.inc(by);
      },
    };
  }
}

function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  return `${name}${JSON.stringify(labels)}`;
}

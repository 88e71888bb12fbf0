import type {
  Counter,
  Gauge,
  Histogram,
  MetricDescription,
  MetricLabels,
  Metrics,
  Unsubscribe,
} from '@macula/core';

/** Metrics of which a test can read the values. */
export class CountingMetrics implements Metrics {
  private readonly values = new Map<string, number>();
  private readonly observed = new Map<string, () => number>();

  counter(description: MetricDescription): Counter {
    const key = keyOf(description.name, description.labels);
    return { inc: (by = 1) => this.values.set(key, (this.values.get(key) ?? 0) + by) };
  }

  gauge(description: MetricDescription): Gauge {
    const key = keyOf(description.name, description.labels);
    return { set: (value) => this.values.set(key, value) };
  }

  observedGauge(description: MetricDescription, read: () => number): Unsubscribe {
    const key = keyOf(description.name, description.labels);
    this.observed.set(key, read);
    return () => this.observed.delete(key);
  }

  histogram(description: MetricDescription): Histogram {
    const counter = this.counter(description);
    return { observe: () => counter.inc() };
  }

  /** What was counted, set or is read now; 0 where nothing was. */
  value(name: string, labels?: MetricLabels): number {
    const key = keyOf(name, labels);
    return this.observed.get(key)?.() ?? this.values.get(key) ?? 0;
  }
}

function keyOf(name: string, labels: MetricLabels = {}): string {
  return `${name} ${JSON.stringify(Object.entries(labels).sort())}`;
}

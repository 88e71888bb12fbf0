import type { Counter, Gauge, Histogram, MetricLabels, Unsubscribe } from '@macula/core';

/** One line of an exposition. */
export interface Sample {
  /** Default: the name of the metric. */
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** One name with fixed labels. */
export interface Series {
  samples(name: string): Sample[];
  reset(): void;
}

export class CounterSeries implements Series, Counter {
  readonly #labels: MetricLabels;
  #value = 0;

  constructor(labels: MetricLabels) {
    this.#labels = labels;
  }

  inc(by = 1): void {
    this.#value += by;
  }

  samples(): Sample[] {
    return [{ labels: this.#labels, value: this.#value }];
  }

  reset(): void {
    this.#value = 0;
  }
}

/** Set, or read from its observers when somebody looks: then their sum. */
export class GaugeSeries implements Series, Gauge {
  readonly #labels: MetricLabels;
  readonly #observers = new Set<{ readonly read: () => number }>();
  #value = 0;

  constructor(labels: MetricLabels) {
    this.#labels = labels;
  }

  set(value: number): void {
    this.#value = value;
  }

  observe(read: () => number): Unsubscribe {
    const observer = { read };
    this.#observers.add(observer);
    return () => {
      this.#observers.delete(observer);
    };
  }

  samples(): Sample[] {
    let value = this.#value;
    for (const { read } of this.#observers) value += read();
    return [{ labels: this.#labels, value }];
  }

  reset(): void {
    this.#value = 0;
  }
}

export class HistogramSeries implements Series, Histogram {
  readonly #labels: MetricLabels;
  readonly #bounds: readonly number[];
  /** Observations per bucket, the last one for what exceeds all bounds. Not cumulative. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(labels: MetricLabels, buckets: readonly number[]) {
    this.#labels = labels;
    this.#bounds = [...new Set(buckets)].filter(Number.isFinite).sort((a, b) => a - b);
    this.#counts = new Float64Array(this.#bounds.length + 1);
  }

  observe(value: number): void {
    let low = 0;
    let high = this.#bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= (this.#bounds[middle] as number)) high = middle;
      else low = middle + 1;
    }
    this.#counts[low] = (this.#counts[low] as number) + 1;
    this.#sum += value;
  }

  samples(name: string): Sample[] {
    const labels = this.#labels;
    let count = 0;
    const buckets = Array.from(this.#counts, (inBucket, i): Sample => {
      count += inBucket;
      return {
        metricName: `${name}_bucket`,
        labels: { ...labels, le: this.#bounds[i] ?? '+Inf' },
        value: count,
      };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }

  reset(): void {
    this.#counts.fill(0);
    this.#sum = 0;
  }
}

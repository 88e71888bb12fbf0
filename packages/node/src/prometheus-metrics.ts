import {
  type Counter,
  type Gauge,
  type Histogram,
  InvalidArgumentError,
  type MetricDescription,
  type MetricLabels,
  type Metrics,
  type Unsubscribe,
} from '@macula/core';
import type { Metric, Registry } from 'prom-client';
import {
  CounterSeries,
  GaugeSeries,
  HistogramSeries,
  type Sample,
  type Series,
} from './metric-series.ts';

/**
 * Core's Metrics on a prom-client registry. Every series is an object of its own that holds its numbers, so that
 * recording one is an addition, without a look-up of labels; prom-client asks for them when somebody scrapes. Several
 * nodes may share a registry: series of the same name and labels are then counted together, observed gauges added up.
 */
export function prometheusMetrics(registry: Registry): Metrics {
  return new RegistryMetrics(registry);
}

type FamilyType = 'counter' | 'gauge' | 'histogram';

/** All series of one name; what prom-client takes for a metric. */
class MetricFamily {
  /** prom-client shortens it for OpenMetrics. */
  name: string;
  readonly help: string;
  readonly type: FamilyType;
  readonly aggregator = 'sum';
  readonly #fullName: string;
  readonly #series = new Map<string, Series>();

  constructor(name: string, help: string, type: FamilyType) {
    this.name = name;
    this.#fullName = name;
    this.help = help;
    this.type = type;
  }

  series<S extends Series>(labels: MetricLabels, make: () => S): S {
    const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    let series = this.#series.get(key);
    if (series === undefined) this.#series.set(key, (series = make()));
    return series as S;
  }

  /** Called by prom-client. */
  async get(): Promise<{
    name: string;
    help: string;
    type: FamilyType;
    aggregator: string;
    values: Sample[];
  }> {
    const values = [...this.#series.values()].flatMap((series) => series.samples(this.#fullName));
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values };
  }

  /** Called by prom-client's `resetMetrics`. */
  reset(): void {
    for (const series of this.#series.values()) series.reset();
  }
}

class RegistryMetrics implements Metrics {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  counter(description: MetricDescription): Counter {
    const { labels = {} } = description;
    return this.#family(description, 'counter').series(labels, () => new CounterSeries(labels));
  }

  gauge(description: MetricDescription): Gauge {
    return this.#gauge(description);
  }

  observedGauge(description: MetricDescription, read: () => number): Unsubscribe {
    return this.#gauge(description).observe(read);
  }

  histogram(description: MetricDescription & { readonly buckets: readonly number[] }): Histogram {
    const { labels = {}, buckets } = description;
    return this.#family(description, 'histogram').series(
      labels,
      () => new HistogramSeries(labels, buckets),
    );
  }

  #gauge(description: MetricDescription): GaugeSeries {
    const { labels = {} } = description;
    return this.#family(description, 'gauge').series(labels, () => new GaugeSeries(labels));
  }

  #family({ name, help }: MetricDescription, type: FamilyType): MetricFamily {
    const known: unknown = this.#registry.getSingleMetric(name);
    if (known === undefined) {
      const family = new MetricFamily(name, help, type);
      // prom-client calls no more of a metric than the family has.
      this.#registry.registerMetric(family as unknown as Metric);
      return family;
    }
    if (known instanceof MetricFamily && known.type === type) return known;
    throw new InvalidArgumentError(`the registry has another metric named ${name} already`);
  }
}

import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from '@macula/core';
import { Gauge, Registry } from 'prom-client';
import { prometheusMetrics } from './prometheus-metrics.ts';

function setup() {
  const registry = new Registry();
  return { registry, metrics: prometheusMetrics(registry) };
}

const calls = { name: 'macula_test_calls_total', help: 'Calls' };

describe('prometheusMetrics', () => {
  it('exposes counters, gauges and observed gauges', async () => {
    const { registry, metrics } = setup();
    metrics.counter(calls).inc();
    metrics.counter(calls).inc(2);
    metrics.gauge({ name: 'macula_test_size', help: 'Size' }).set(7);
    let level = 1;
    metrics.observedGauge({ name: 'macula_test_level', help: 'Level' }, () => level);
    level = 5;
    const text = await registry.metrics();
    expect(text).toContain('# HELP macula_test_calls_total Calls');
    expect(text).toContain('# TYPE macula_test_calls_total counter\nmacula_test_calls_total 3');
    expect(text).toContain('# TYPE macula_test_size gauge\nmacula_test_size 7');
    expect(text).toContain('macula_test_level 5');
  });

  it('gives the same series for the same name and labels, in whatever order', () => {
    const { metrics } = setup();
    const one = metrics.counter({ ...calls, labels: { a: '1', b: '2' } });
    expect(metrics.counter({ ...calls, labels: { b: '2', a: '1' } })).toBe(one);
    expect(metrics.counter({ ...calls, labels: { a: '1', b: '3' } })).not.toBe(one);
  });

  it('exposes labels, and escapes them', async () => {
    const { registry, metrics } = setup();
    metrics.counter({ ...calls, labels: { kind: 'a "b"\n' } }).inc();
    expect(await registry.metrics()).toContain('macula_test_calls_total{kind="a \\"b\\"\\n"} 1');
  });

  it('exposes histograms with cumulative buckets', async () => {
    const { registry, metrics } = setup();
    const histogram = metrics.histogram({
      name: 'macula_test_seconds',
      help: 'Seconds',
      buckets: [1, 0.1, 10],
      labels: { op: 'x' },
    });
    for (const value of [0.05, 0.1, 0.5, 10, 11]) histogram.observe(value);
    const lines = (await registry.metrics()).trim().split('\n');
    expect(lines.slice(1)).toEqual([
      '# TYPE macula_test_seconds histogram',
      'macula_test_seconds_bucket{op="x",le="0.1"} 2',
      'macula_test_seconds_bucket{op="x",le="1"} 3',
      'macula_test_seconds_bucket{op="x",le="10"} 4',
      'macula_test_seconds_bucket{op="x",le="+Inf"} 5',
      'macula_test_seconds_sum{op="x"} 21.65',
      'macula_test_seconds_count{op="x"} 5',
    ]);
  });

  it('lets several nodes share a registry', async () => {
    const { registry, metrics } = setup();
    const other = prometheusMetrics(registry);
    metrics.counter(calls).inc();
    other.counter(calls).inc();
    const links = { name: 'macula_test_links', help: 'Links' };
    metrics.observedGauge(links, () => 2);
    other.observedGauge(links, () => 3);
    const text = await registry.metrics();
    expect(text).toContain('macula_test_calls_total 2');
    expect(text).toContain('macula_test_links 5');
  });

  it('stands beside metrics of the application, resets, and speaks OpenMetrics', async () => {
    const { registry, metrics } = setup();
    new Gauge({ name: 'app_temperature', help: 'of the app', registers: [registry] }).set(20);
    const counter = metrics.counter(calls);
    counter.inc(9);
    metrics.histogram({ name: 'macula_test_h', help: 'h', buckets: [1] }).observe(1);
    metrics.gauge({ name: 'macula_test_g', help: 'g' }).set(1);
    expect(await registry.metrics()).toContain('app_temperature 20');
    registry.resetMetrics();
    expect(await registry.metrics()).toContain('macula_test_calls_total 0');
    counter.inc();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    const text = await registry.metrics();
    expect(text).toContain('# TYPE macula_test_calls counter\nmacula_test_calls_total 1');
    expect(await registry.getMetricsAsJSON()).toHaveLength(4);
  });

  it('refuses a name that means something else already', () => {
    const { registry, metrics } = setup();
    metrics.counter(calls);
    expect(() => metrics.gauge(calls)).toThrow(InvalidArgumentError);
    new Gauge({ name: 'taken', help: 'by the app', registers: [registry] });
    expect(() => metrics.gauge({ name: 'taken', help: '' })).toThrow('another metric named taken');
  });
});

import { describe, expect, test } from '@jest/globals';
import {
  MaculaError,
  noMetrics,
  RequestFailedError,
  silentLogger,
  StreamResetError,
  TimeoutError,
  trafficClasses,
  trafficClassOf,
} from '../index.ts';

describe('traffic classes', () => {
  test.each([
    [0x01, 'control'],
    [0x0f, 'control'],
    [0x10, 'events'],
    [0x1f, 'events'],
    [0x20, 'calls'],
    [0x2f, 'calls'],
    [0x30, 'control'],
    [0x110, 'control'],
  ])('kind %i travels with %s', (kind, expected) => {
    expect(trafficClassOf(kind)).toBe(expected);
    expect(trafficClasses).toContain(expected);
  });
});

describe('the defaults that do nothing', () => {
  test('take every call', () => {
    const child = silentLogger.child({ a: 1 });
    for (const level of ['debug', 'info', 'warn', 'error'] as const) child[level]({}, 'text');
    const description = { name: 'macula_core_test_total', help: 'none' };
    noMetrics.counter(description).inc();
    noMetrics.gauge(description).set(1);
    noMetrics.observedGauge(description, () => 1)();
    noMetrics.histogram({ ...description, buckets: [1] }).observe(1);
  });
});

describe('errors', () => {
  test('carry name, code, message and cause', () => {
    const cause = new Error('below');
    const error = new TimeoutError('too late', { cause });
    expect(error).toBeInstanceOf(MaculaError);
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'macula.timeout', cause });
    expect(new StreamResetError(7)).toMatchObject({ resetCode: 7, code: 'macula.stream.reset' });
    expect(new RequestFailedError('macula.x', 'no').reason).toBe('macula.x');
  });
});

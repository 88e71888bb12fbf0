import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../test/fake-clock.ts';
import { CircuitBreaker, InvalidArgumentError } from './index.ts';

function failTimes(breaker: CircuitBreaker, times: number): void {
  for (let i = 0; i < times; i++) breaker.failed();
}

describe('a circuit breaker', () => {
  test('opens after five failures in a row, and stays closed when a success comes between', () => {
    const breaker = new CircuitBreaker(new FakeClock());
    failTimes(breaker, 4);
    breaker.succeeded();
    failTimes(breaker, 4);
    expect(breaker.state).toBe('closed');
    expect(breaker.allows()).toBe(true);
    breaker.failed();
    expect(breaker.state).toBe('open');
    expect(breaker.allows()).toBe(false);
  });

  test('lets one attempt pass after the reset time, and closes when that succeeds', () => {
    const clock = new FakeClock();
    const breaker = new CircuitBreaker(clock, { threshold: 1, resetAfterMs: 1000 });
    breaker.failed();
    clock.advance(999);
    expect(breaker.allows()).toBe(false);
    clock.advance(1);
    expect(breaker.state).toBe('half-open');
    expect(breaker.allows()).toBe(true);
    expect(breaker.allows()).toBe(false);
    expect(breaker.state).toBe('half-open');
    breaker.succeeded();
    expect(breaker.state).toBe('closed');
    expect(breaker.allows()).toBe(true);
  });

  test('opens again when the attempt fails, for the whole reset time', () => {
    const clock = new FakeClock();
    const breaker = new CircuitBreaker(clock, { threshold: 3, resetAfterMs: 1000 });
    failTimes(breaker, 3);
    clock.advance(1000);
    expect(breaker.allows()).toBe(true);
    clock.advance(500);
    breaker.failed();
    expect(breaker.state).toBe('open');
    clock.advance(999);
    expect(breaker.allows()).toBe(false);
    clock.advance(1);
    expect(breaker.allows()).toBe(true);
  });

  test('does not wait for ever for the outcome of its attempt', () => {
    const clock = new FakeClock();
    const breaker = new CircuitBreaker(clock, { threshold: 1, resetAfterMs: 1000 });
    breaker.failed();
    clock.advance(1000);
    expect(breaker.allows()).toBe(true);
    clock.advance(1000);
    expect(breaker.allows()).toBe(true);
  });

  test('is not kept open by stragglers', () => {
    const clock = new FakeClock();
    const breaker = new CircuitBreaker(clock, { threshold: 2, resetAfterMs: 1000 });
    failTimes(breaker, 2);
    clock.advance(900);
    breaker.failed();
    clock.advance(100);
    expect(breaker.allows()).toBe(true);
  });

  test.each([{ threshold: 0 }, { threshold: 1.5 }, { resetAfterMs: -1 }, { resetAfterMs: NaN }])(
    'refuses %j',
    (options) => {
      expect(() => new CircuitBreaker(new FakeClock(), options)).toThrow(InvalidArgumentError);
    },
  );
});

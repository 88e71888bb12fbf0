import { describe, expect, it } from '@jest/globals';
import { virtualClock } from '@macula/testkit';
import { HandshakeBudget } from './handshake-budget.ts';

const clock = virtualClock();

function taken(budget: HandshakeBudget, host: string, tries: number): number {
  return Array.from({ length: tries }, () => budget.take(host)).filter(Boolean).length;
}

describe('a handshake budget', () => {
  it('allows a burst, then a rate', async () => {
    const budget = new HandshakeBudget(clock, { perSecond: 10, burst: 5 });
    expect(taken(budget, '192.0.2.1', 100)).toBe(5);
    await clock.advance(1_000);
    expect(taken(budget, '192.0.2.1', 100)).toBe(5);
    await clock.advance(300);
    expect(taken(budget, '192.0.2.1', 100)).toBe(3);
  });

  it('is one for each IPv4 address, and one for each IPv6 /64', () => {
    const budget = new HandshakeBudget(clock, { perSecond: 1, burst: 1 });
    expect(budget.take('192.0.2.1')).toBe(true);
    expect(budget.take('192.0.2.2')).toBe(true);
    expect(budget.take('::ffff:192.0.2.2')).toBe(false);
    expect(budget.take('2001:db8::1')).toBe(true);
    expect(budget.take('2001:db8::ffff:1')).toBe(false);
    expect(budget.take('2001:db8:0:1::1')).toBe(true);
  });

  it('does not hold for this machine, unless it should', () => {
    expect(taken(new HandshakeBudget(clock, { burst: 1 }), '127.0.0.1', 100)).toBe(100);
    const strict = new HandshakeBudget(clock, { burst: 1, includeLoopback: true });
    expect(taken(strict, '::1', 100)).toBe(1);
  });

  it('remembers a bounded number of addresses, those seen last', () => {
    const budget = new HandshakeBudget(clock, { perSecond: 1, burst: 1, maxAddresses: 3 });
    for (const n of [1, 2, 3]) budget.take(`192.0.2.${n}`);
    expect(budget.take('192.0.2.1')).toBe(false);
    budget.take('192.0.2.4');
    expect(budget.size).toBe(3);
    expect(budget.take('192.0.2.1')).toBe(false);
    expect(budget.take('192.0.2.2')).toBe(true);
  });
});

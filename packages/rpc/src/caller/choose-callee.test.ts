import { describe, expect, it } from '@jest/globals';
import { CircuitBreaker, NodeId } from '@macula/core';
import { virtualClock } from '@macula/testkit';
import type { Offer } from '../resolve/offer.ts';
import { Callee } from './callee.ts';
import type { CallQueue } from './call-queue.ts';
import { hasAlternative } from './choose-callee.ts';

const clock = virtualClock();
const waiting = { length: 0 } as CallQueue;
const callees = new Map(
  [1, 2, 3].map((n) => {
    const id = NodeId.fromBytes(new Uint8Array(32).fill(n));
    return [id.key, new Callee(id, new CircuitBreaker(clock, { threshold: 1 }), waiting)];
  }),
);
const [first, second, third] = [...callees.values()] as [Callee, Callee, Callee];
const offers = [...callees.values()].map(({ id }) => ({ node: id }) as Offer);
const calleeOf = (id: NodeId): Callee => callees.get(id.key) as Callee;

describe('an alternative for a call that has failed', () => {
  it('is a callee that has not failed it, and whose circuit is not open', () => {
    expect(hasAlternative(offers, [first], calleeOf)).toBe(true);
    expect(hasAlternative(offers, [first, second, third], calleeOf)).toBe(false);
    second.breaker.failed();
    expect(hasAlternative(offers, [first], calleeOf)).toBe(true);
    third.breaker.failed();
    expect(hasAlternative(offers, [first], calleeOf)).toBe(false);
    third.breaker.succeeded();
    expect(hasAlternative(offers, [first], calleeOf)).toBe(true);
  });
});

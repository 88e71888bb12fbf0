import type { Timer } from '@macula/core';
import { DueHeap } from '../clock/due-heap.ts';
import type { HeapClock } from '../clock/virtual-clock.ts';
import type { Deliveries, Delivery } from '../network/delivery-queue.ts';

/** Arrivals come before all timers of their instant, those of watches too. */
const aheadOfTimers = -3;
const mostOfOneSender = 2 ** 32;

/**
 * Everything under way to the nodes of one shard. Arrivals of the same instant are ordered by their sender and by its
 * own count of what it has sent: an order that depends neither on how nodes are shared out among shards nor on when
 * the shards of others get round to telling of theirs.
 */
export class Arrivals {
  private readonly clock: HeapClock;
  private readonly heap = new DueHeap<Delivery>();
  private timer: Timer | undefined;
  private armedFor = Number.POSITIVE_INFINITY;

  constructor(clock: HeapClock) {
    this.clock = clock;
  }

  now(): number {
    return this.clock.now();
  }

  schedule(delivery: Delivery, time: number, rank: number): void {
    this.heap.remove(delivery);
    delivery.time = time;
    this.heap.add(delivery, rank);
    this.arm();
  }

  cancel(delivery: Delivery): void {
    if (this.heap.remove(delivery)) this.arm();
  }

  private arm(): void {
    const next = this.heap.first?.time ?? Number.POSITIVE_INFINITY;
    if (next === this.armedFor) return;
    this.timer?.cancel();
    this.timer = undefined;
    this.armedFor = next;
    if (next < Number.POSITIVE_INFINITY) {
      this.timer = this.clock.setAhead(this.run, next, aheadOfTimers);
    }
  }

  private readonly run = (): void => {
    // While arrivals schedule others, the timer is not moved about.
    this.armedFor = Number.NEGATIVE_INFINITY;
    this.timer = undefined;
    try {
      const now = this.clock.now();
      for (let next = this.heap.first; next !== undefined && next.time <= now;) {
        this.heap.remove(next);
        next.arrive();
        next = this.heap.first;
      }
    } finally {
      this.armedFor = Number.NaN;
      this.arm();
    }
  };
}

/** What one node sends, counted. */
export class Departures implements Deliveries {
  private readonly arrivals: Arrivals;
  private readonly sender: number;
  private sent = 0;

  constructor(arrivals: Arrivals, sender: number) {
    this.arrivals = arrivals;
    this.sender = sender;
  }

  now(): number {
    return this.arrivals.now();
  }

  schedule(delivery: Delivery, time: number): void {
    this.arrivals.schedule(delivery, time, this.nextRank());
  }

  cancel(delivery: Delivery): void {
    this.arrivals.cancel(delivery);
  }

  /** Where the next thing that this node sends stands among all that arrives at the same instant. */
  nextRank(): number {
    return this.sender * mostOfOneSender + this.sent++;
  }
}

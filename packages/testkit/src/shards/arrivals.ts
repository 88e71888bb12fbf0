import type { HeapClock } from '../clock/virtual-clock.ts';
import { type Deliveries, type Delivery, DeliveryQueue } from '../network/delivery-queue.ts';

/** Arrivals come before all timers of their instant, those of watches too. */
const aheadOfTimers = -3;
const mostOfOneSender = 2 ** 32;

/**
 * Everything under way to the nodes of one shard. Arrivals of the same instant are ordered by their sender and by its
 * own count of what it has sent (see Departures): an order that depends neither on how nodes are shared out among shards nor on
 * when the shards of others get round to telling of theirs.
 */
export function arrivals(clock: HeapClock): DeliveryQueue {
  return new DeliveryQueue(clock, (callback, time) =>
    clock.setAhead(callback, time, aheadOfTimers),
  );
}

/** What one node sends, counted. */
export class Departures implements Deliveries {
  private readonly arrivals: DeliveryQueue;
  private readonly sender: number;
  private sent = 0;

  constructor(arrivals: DeliveryQueue, sender: number) {
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

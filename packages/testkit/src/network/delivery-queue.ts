import type { Clock, Timer } from '@macula/core';
import { type Due, DueHeap } from '../clock/due-heap.ts';

/** Something under way that arrives at a certain time. */
export abstract class Delivery implements Due {
  time = 0;
  sequence = 0;
  position = -1;

  abstract arrive(): void;
}

/** Where what is under way waits for its arrival. */
export type Deliveries = Pick<DeliveryQueue, 'now' | 'schedule' | 'cancel'>;

/** All that is under way in a network, on a single timer of its clock. */
export class DeliveryQueue {
  private readonly clock: Clock;
  private readonly heap = new DueHeap<Delivery>();
  private timer: Timer | undefined;
  private armedFor = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get size(): number {
    return this.heap.size;
  }

  now(): number {
    return this.clock.now();
  }

  /** Lets `delivery` arrive at `time`; one that is under way is moved there. */
  schedule(delivery: Delivery, time: number): void {
    this.heap.remove(delivery);
    delivery.time = time;
    this.heap.add(delivery);
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
    if (next === Number.POSITIVE_INFINITY) return;
    const delay = next - this.clock.now();
    // In real time the shortest timer takes a millisecond; the end of the turn does not.
    if (delay <= 0) this.clock.defer(this.run);
    else this.timer = this.clock.setTimer(this.run, delay);
  }

  private readonly run = (): void => {
    this.timer?.cancel();
    this.timer = undefined;
    // While arriving deliveries schedule others, the timer is not moved about.
    this.armedFor = Number.NEGATIVE_INFINITY;
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

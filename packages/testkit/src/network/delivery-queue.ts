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

/** Calls back at a time of the clock, or now; undefined when it cannot be cancelled any more. */
export type Alarm = (callback: () => void, time: number) => Timer | undefined;

/** All that is under way in a network, on a single timer of its clock. */
export class DeliveryQueue {
  private readonly clock: Clock;
  private readonly heap = new DueHeap<Delivery>();
  private readonly alarm: Alarm;
  private timer: Timer | undefined;
  private armedFor = Number.POSITIVE_INFINITY;

  /** `alarm`: when the queue runs among all that happens at an instant; default: in the order of the clock's timers. */
  constructor(clock: Clock, alarm: Alarm = timerAlarm(clock)) {
    this.clock = clock;
    this.alarm = alarm;
  }

  get size(): number {
    return this.heap.size;
  }

  now(): number {
    return this.clock.now();
  }

  /**
   * Lets `delivery` arrive at `time`; one that is under way is moved there. `rank`: its place among those of the same instant;
   * default: behind those that were scheduled before.
   */
  schedule(delivery: Delivery, time: number, rank?: number): void {
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
    if (next < Number.POSITIVE_INFINITY) this.timer = this.alarm(this.run, next);
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

function timerAlarm(clock: Clock): Alarm {
  return (callback, time) => {
    const delay = time - clock.now();
    if (delay > 0) return clock.setTimer(callback, delay);
    // In real time the shortest timer takes a millisecond; the end of the turn does not.
    clock.defer(callback);
    return undefined;
  };
}

import { type Clock, InvalidArgumentError, type Timer, TimeoutError } from '@macula/core';
import { type Due, DueHeap } from './due-heap.ts';
import { EventLoopTurns } from './event-loop-turns.ts';
import { skewedClock } from './skewed-clock.ts';

export interface VirtualClockOptions {
  /** What `wallTime()` says at the beginning, in milliseconds since the Unix epoch. Default 2026-01-01T00:00:00Z. */
  readonly wallTime?: number;
}

export interface RunLimit {
  /** Virtual milliseconds after which the run fails with TimeoutError. Default 60,000. */
  readonly limitMs?: number;
}

/**
 * Time that stands still until a test moves it. Timers fire in the order of their times, equal times
 * in the order they were set. Between two instants every promise chain that has become runnable runs
 * to its end; chains that wait for real I/O, threads or system timers are not waited for.
 *
 * Only one of the running methods may be active at a time.
 */
export interface VirtualClock extends Clock {
  /** Timers that were set and have neither fired nor been cancelled, background ones included: 0 after everything was stopped. */
  readonly pendingTimers: number;
  /** Moves time by `ms`, firing all that falls due, and lets promises settle. `advance(0)` runs what is due now. Rejects with what a timer's callback throws. */
  advance(ms: number): Promise<void>;
  /** Moves time until `condition` holds; it is asked after every instant. Throws TimeoutError at the limit. */
  runUntil(condition: () => boolean, options?: RunLimit): Promise<void>;
  /** Moves time until `promise` settles, and returns what it resolves to. Throws TimeoutError at the limit. */
  complete<T>(promise: Promise<T>, options?: RunLimit): Promise<T>;
  /** Moves time until only background timers are left. Throws TimeoutError at the limit. */
  runAll(options?: RunLimit): Promise<void>;
  /** A view of this clock that is `offsetMs` ahead now and runs `rate` times as fast: another machine's clock. */
  skewed(offsetMs: number, rate?: number): Clock;
}

class VirtualTimer implements Timer, Due {
  time: number;
  sequence = 0;
  position = -1;
  readonly callback: () => void;
  readonly background: boolean;
  private readonly clock: HeapClock;

  constructor(clock: HeapClock, time: number, callback: () => void, background: boolean) {
    this.clock = clock;
    this.time = time;
    this.callback = callback;
    this.background = background;
  }

  cancel(): void {
    this.clock.forget(this);
  }
}

const firstWallTime = Date.UTC(2026, 0, 1);

/** A clock for tests and simulations: see VirtualClock. */
export function virtualClock(options: VirtualClockOptions = {}): VirtualClock {
  return new HeapClock(options.wallTime);
}

/** A virtual clock, and what those who drive it besides tests may do. */
export class HeapClock implements VirtualClock {
  private readonly timers = new DueHeap<VirtualTimer>();
  private readonly turns = new EventLoopTurns();
  private readonly origin: number;
  private deferred: (() => void)[] = [];
  private time = 0;
  private foreground = 0;
  private running = false;

  constructor(origin = firstWallTime) {
    this.origin = origin;
  }

  get pendingTimers(): number {
    return this.timers.size;
  }

  now(): number {
    return this.time;
  }

  wallTime(): number {
    return this.origin + this.time;
  }

  setTimer(callback: () => void, delayMs: number, options?: { background?: boolean }): Timer {
    const background = options?.background === true;
    const time = this.time + (delayMs > 0 ? delayMs : 0);
    const timer = new VirtualTimer(this, time, callback, background);
    this.timers.add(timer);
    if (!background) this.foreground++;
    return timer;
  }

  /** A background timer that fires before all others of its instant; of several such, those of a lower `rank`, which is negative, come first. */
  setAhead(callback: () => void, timeMs: number, rank: number): Timer {
    const timer = new VirtualTimer(this, Math.max(timeMs, this.time), callback, true);
    this.timers.add(timer, rank);
    return timer;
  }

  /** When something happens next: Infinity when nothing is set. */
  get nextTime(): number {
    if (this.deferred.length > 0) return this.time;
    return this.timers.first?.time ?? Number.POSITIVE_INFINITY;
  }

  /** Called by a timer that is cancelled. */
  forget(timer: VirtualTimer): void {
    if (this.timers.remove(timer) && !timer.background) this.foreground--;
  }

  defer(callback: () => void): void {
    this.deferred.push(callback);
  }

  skewed(offsetMs: number, rate = 1): Clock {
    return skewedClock(this, offsetMs, rate);
  }

  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new InvalidArgumentError(`time moves forwards only, not by ${ms} ms`);
    await this.run(this.time + ms, () => false);
  }

  /** The same until `timeMs`, without a sum of durations that would be rounded. */
  async advanceTo(timeMs: number): Promise<void> {
    await this.run(timeMs, () => false);
  }

  async runUntil(condition: () => boolean, options: RunLimit = {}): Promise<void> {
    const limitMs = options.limitMs ?? 60_000;
    if (!(await this.run(this.time + limitMs, condition))) {
      throw new TimeoutError(`the condition does not hold after ${limitMs} ms of virtual time`);
    }
  }

  async complete<T>(promise: Promise<T>, options: RunLimit = {}): Promise<T> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    promise.then(settle, settle);
    await this.runUntil(() => settled, options);
    return promise;
  }

  async runAll(options: RunLimit = {}): Promise<void> {
    await this.runUntil(() => this.foreground === 0 && this.deferred.length === 0, options);
  }

  /** Fires everything due up to `end`; true when `done` held after some instant, where time then stays. */
  private async run(end: number, done: () => boolean): Promise<boolean> {
    if (this.running) {
      throw new InvalidArgumentError(
        'the clock is running already: await one advance before the next',
      );
    }
    this.running = true;
    try {
      await this.turns.takeWhole(this.time);
      for (;;) {
        while (this.isBusyNow()) {
          this.fireDueTimers();
          await this.turns.take(this.time);
          if (this.deferred.length > 0) {
            this.fireDeferred();
            await this.turns.take(this.time);
          }
        }
        if (done()) return true;
        const next = this.timers.first;
        if (next === undefined || next.time > end) {
          this.time = Math.max(this.time, end);
          return false;
        }
        this.time = next.time;
      }
    } finally {
      this.running = false;
    }
  }

  private isBusyNow(): boolean {
    const next = this.timers.first;
    return this.deferred.length > 0 || (next !== undefined && next.time <= this.time);
  }

  /** Fires the timers that are due; those that they set for now wait for the next turn, as in Node. */
  private fireDueTimers(): void {
    const later = this.timers.nextSequence;
    for (;;) {
      const timer = this.timers.first;
      if (timer === undefined || timer.time > this.time || timer.sequence >= later) return;
      this.timers.take();
      if (!timer.background) this.foreground--;
      timer.callback();
    }
  }

  private fireDeferred(): void {
    const due = this.deferred;
    this.deferred = [];
    for (let i = 0; i < due.length; i++) {
      try {
        due[i]?.();
      } catch (error) {
        this.deferred = [...due.slice(i + 1), ...this.deferred];
        throw error;
      }
    }
  }
}

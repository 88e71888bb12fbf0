import type { Clock, Timer } from '@macula/core';

/**
 * One timer for a deadline that moves all the time, mostly later: it is set anew only when it would
 * be late, and looks again when it was early.
 */
export class DeadlineTimer {
  private readonly clock: Clock;
  /** Milliseconds until the deadline, or null when there is none. */
  private readonly remaining: () => number | null;
  private readonly expired: () => void;
  private timer: Timer | undefined;
  private dueAt = Infinity;

  constructor(clock: Clock, remaining: () => number | null, expired: () => void) {
    this.clock = clock;
    this.remaining = remaining;
    this.expired = expired;
  }

  /** The deadline may have moved. */
  update(): void {
    const remaining = this.remaining();
    if (remaining === null) return;
    const at = this.clock.now() + remaining;
    if (at >= this.dueAt) return;
    this.timer?.cancel();
    this.dueAt = at;
    // Timers may fire a fraction of a millisecond early; one late is better than two.
    this.timer = this.clock.setTimer(this.fire, remaining + 1, { background: true });
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.dueAt = Infinity;
  }

  private readonly fire = (): void => {
    this.dueAt = Infinity;
    const remaining = this.remaining();
    if (remaining !== null && remaining <= 0) this.expired();
    else this.update();
  };
}

import type { Clock, Timer } from '@macula/core';

/** Milliseconds between two looks at the links. */
const intervalMs = 500;

/** A look that comes this late, in milliseconds, means that the process did not run. */
const asleepMs = 1_500;

/** The pool's one timer. Runs while there is something to look at, and keeps no process alive. */
export class PoolPulse {
  private readonly clock: Clock;
  /** `asleep`: this process has not been running since the last look. Returns whether to go on. */
  private readonly look: (now: number, asleep: boolean) => boolean;
  private timer: Timer | undefined;

  constructor(clock: Clock, look: (now: number, asleep: boolean) => boolean) {
    this.clock = clock;
    this.look = look;
  }

  /** There is something to look at. */
  start(): void {
    if (this.timer !== undefined) return;
    const due = this.clock.now() + intervalMs;
    this.timer = this.clock.setTimer(
      () => {
        this.timer = undefined;
        const now = this.clock.now();
        if (this.look(now, now - due > asleepMs)) this.start();
      },
      intervalMs,
      { background: true },
    );
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }
}

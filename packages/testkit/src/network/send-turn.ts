import type { Clock } from '@macula/core';

/** Something with output that waits for the end of the turn. */
export interface Flushable {
  /** Whether it is on the list already; kept by SendTurn. */
  awaitsFlush: boolean;
  flush(): void;
}

/** Gathers everything that was written during one event-loop turn, so that a burst leaves as one. */
export class SendTurn {
  private readonly clock: Clock;
  private waiting: Flushable[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  add(item: Flushable): void {
    if (item.awaitsFlush) return;
    item.awaitsFlush = true;
    if (this.waiting.push(item) === 1) this.clock.defer(this.flush);
  }

  private readonly flush = (): void => {
    const due = this.waiting;
    this.waiting = [];
    for (const item of due) {
      item.awaitsFlush = false;
      item.flush();
    }
  };
}

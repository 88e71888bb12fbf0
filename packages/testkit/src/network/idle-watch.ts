import type { Clock, Timer } from '@macula/core';

/** How many times in its idle time a connection is looked at. */
const looks = 4;

/** What is closed when it is not used. */
export interface Idle {
  readonly usedAt: number;
  /** Whether somebody wants it although it is not used. */
  readonly wanted: boolean;
  /** Nobody uses it. */
  leave(): void;
}

/** Closes connections that nobody uses any more; they are late by a quarter of the idle time at most. */
export class IdleWatch {
  private readonly clock: Pick<Clock, 'now' | 'setTimer'>;
  private readonly limitMs: number;
  private readonly connections: ReadonlySet<Idle>;
  private timer: Timer | undefined;

  constructor(
    clock: Pick<Clock, 'now' | 'setTimer'>,
    limitMs: number,
    connections: ReadonlySet<Idle>,
  ) {
    this.clock = clock;
    this.limitMs = limitMs;
    this.connections = connections;
  }

  /** There is a connection to watch. */
  arm(): void {
    if (this.timer !== undefined || this.limitMs === Number.POSITIVE_INFINITY) return;
    this.timer = this.clock.setTimer(this.look, this.limitMs / looks, { background: true });
  }

  /** Nothing is left to watch. */
  rest(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private readonly look = (): void => {
    this.timer = undefined;
    const latest = this.clock.now() - this.limitMs;
    for (const connection of this.connections) {
      if (connection.usedAt <= latest && !connection.wanted) connection.leave();
    }
    if (this.connections.size > 0) this.arm();
  };
}

import type { Clock, Timer } from '@macula/core';
import type { Connection } from './connection.ts';

/** Closes connections over which nothing has got through for too long. */
export class SilenceWatch {
  private readonly clock: Clock;
  private readonly limitMs: number;
  /** When the silence of blocked connections has lasted too long; earliest first, as all are given the same time. */
  private readonly deadlines = new Map<Connection, number>();
  private timer: Timer | undefined;

  constructor(clock: Clock, limitMs: number) {
    this.clock = clock;
    this.limitMs = limitMs;
  }

  /** Looks at connections whose surroundings have changed. */
  review(connections: Iterable<Connection>): void {
    for (const connection of connections) {
      connection.review();
      if (!connection.blocked) this.forget(connection);
      else if (!this.deadlines.has(connection)) {
        this.deadlines.set(connection, this.clock.now() + this.limitMs);
      }
    }
    this.arm();
  }

  /** The connection has been heard of, or is over. */
  forget(connection: Connection): void {
    if (!this.deadlines.delete(connection) || this.deadlines.size > 0) return;
    this.timer?.cancel();
    this.timer = undefined;
  }

  private arm(): void {
    const [deadline] = this.deadlines.values();
    if (deadline === undefined || this.timer !== undefined) return;
    this.timer = this.clock.setTimer(this.judge, deadline - this.clock.now(), {
      background: true,
    });
  }

  private readonly judge = (): void => {
    this.timer = undefined;
    const now = this.clock.now();
    for (const [connection, deadline] of this.deadlines) {
      if (deadline > now) break;
      this.deadlines.delete(connection);
      connection.silence();
    }
    this.arm();
  };
}

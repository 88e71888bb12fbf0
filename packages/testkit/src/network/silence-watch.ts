import type { Clock, Timer } from '@macula/core';
import type { Connection } from './connection.ts';

interface Suspicion {
  readonly connection: Connection;
  readonly since: number;
  readonly due: number;
}

/** Closes connections over which nothing has got through for too long. */
export class SilenceWatch {
  private readonly clock: Clock;
  private readonly limitMs: number;
  /** In the order of their beginnings, as all are given the same time. */
  private readonly suspicions: Suspicion[] = [];
  private timer: Timer | undefined;

  constructor(clock: Clock, limitMs: number) {
    this.clock = clock;
    this.limitMs = limitMs;
  }

  /** Looks at connections whose surroundings have changed. */
  review(connections: Iterable<Connection>): void {
    for (const connection of connections) {
      if (!connection.review()) continue;
      const since = connection.blockedSince;
      this.suspicions.push({ connection, since, due: since + this.limitMs });
    }
    this.arm();
  }

  private arm(): void {
    const next = this.suspicions[0];
    if (next === undefined || this.timer !== undefined) return;
    this.timer = this.clock.setTimer(this.judge, next.due - this.clock.now(), { background: true });
  }

  private readonly judge = (): void => {
    this.timer = undefined;
    const now = this.clock.now();
    for (let next = this.suspicions[0]; next !== undefined && next.due <= now;) {
      this.suspicions.shift();
      // A connection that was heard of in between is not silent.
      if (next.connection.blockedSince === next.since) next.connection.silence();
      next = this.suspicions[0];
    }
    this.arm();
  };
}

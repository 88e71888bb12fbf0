import type { Clock, Timer } from '@macula/core';

/** What may fall silent. */
export interface Silenceable {
  /** Whether packets do not get through, and somebody is there to notice. */
  readonly blocked: boolean;
  /** The network has changed: what waited tries again. */
  review(): void;
  /** Nothing has got through for too long. */
  silence(): void;
}

/** Closes connections over which nothing has got through for too long. */
export class SilenceWatch {
  private readonly clock: Pick<Clock, 'now' | 'setTimer'>;
  private readonly limitMs: number;
  /** When the silence of blocked connections has lasted too long; earliest first, as all are given the same time. */
  private readonly deadlines = new Map<Silenceable, number>();
  private timer: Timer | undefined;

  constructor(clock: Pick<Clock, 'now' | 'setTimer'>, limitMs: number) {
    this.clock = clock;
    this.limitMs = limitMs;
  }

  /** Looks at connections whose surroundings have changed. */
  review(connections: Iterable<Silenceable>): void {
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
  forget(connection: Silenceable): void {
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

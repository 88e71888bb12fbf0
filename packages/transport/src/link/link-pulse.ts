import type { Clock } from '@macula/core';

/** Weight of a new sample in the smoothed round-trip time (RFC 6298 §2). */
const gain = 1 / 8;

/** Pings of one link, at most one under way, and the round-trip time they measure. */
export class LinkPulse {
  private readonly clock: Clock;
  private nonce = 0n;
  private sentAt: number | undefined;
  private smoothed = NaN;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Milliseconds; NaN before the first answer. */
  get rtt(): number {
    return this.smoothed;
  }

  /** The nonce to send, or undefined while an answer is due. */
  begin(): bigint | undefined {
    if (this.sentAt !== undefined) return undefined;
    this.sentAt = this.clock.now();
    this.nonce += 1n;
    return this.nonce;
  }

  /** A pong came. One that answers nothing is ignored. */
  answer(nonce: bigint): void {
    if (this.sentAt === undefined || nonce !== this.nonce) return;
    const sample = this.clock.now() - this.sentAt;
    this.sentAt = undefined;
    this.smoothed = Number.isNaN(this.smoothed)
      ? sample
      : this.smoothed + gain * (sample - this.smoothed);
  }
}

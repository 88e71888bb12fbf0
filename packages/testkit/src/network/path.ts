import type { NodeId } from '@macula/core';
import type { PerPath } from './conditions.ts';
import type { Host } from './host.ts';
import type { Medium } from './medium.ts';

/** The longest time between two retransmissions, unless the round trip is longer. */
const longestProbeMs = 1_000;

/** One direction between two nodes: decides when packets arrive, and whether. */
export class Path {
  readonly from: Host;
  readonly to: Host;
  private readonly medium: Medium;
  private busyUntil = 0;
  private smoothedLatency = Number.NaN;

  constructor(medium: Medium, from: Host, to: Host) {
    this.medium = medium;
    this.from = from;
    this.to = to;
  }

  /** Whether a packet that is there now gets in. */
  get open(): boolean {
    return (
      this.to.condition === 'running' &&
      this.medium.topology.passes(this.from.self.key, this.to.self.key)
    );
  }

  /** Smoothed one-way delay in milliseconds; NaN before the first packet. */
  get latency(): number {
    return this.smoothedLatency;
  }

  /** When `bytes` sent now arrive, with all retransmissions that losses make necessary. */
  reliableArrival(bytes: number): number {
    const latency = this.drawLatency();
    let delay = latency;
    const loss = this.value(this.medium.conditions.loss);
    if (loss > 0) {
      // The first retransmission follows RFC 9002's time threshold (§6.1.2, 9/8 of the round trip);
      // when that is lost too, the probe timeout doubles each time (§6.2.1), here up to a second:
      // without a limit, losses of a half would make the mean delay infinite.
      let wait = Math.max(1, (9 / 8) * 2 * latency);
      while (this.medium.random.next() < loss) {
        delay += wait;
        wait = Math.max(wait, Math.min(wait * 2, longestProbeMs));
      }
    }
    return this.leave(bytes) + delay;
  }

  /** How many copies of a datagram leave. */
  copies(): number {
    return this.happens(this.medium.conditions.duplication) ? 2 : 1;
  }

  /** When one copy of a datagram arrives whose last byte leaves at `left`; NaN when it is lost. */
  datagramArrival(left: number): number {
    const { random, conditions } = this.medium;
    if (this.happens(conditions.loss)) return Number.NaN;
    const late = this.happens(conditions.reordering) ? random.next() * conditions.reorderingMs : 0;
    return left + this.drawLatency() + late;
  }

  private drawLatency(): number {
    const { latencyMs } = this.medium.conditions;
    let latency: number;
    if (typeof latencyMs === 'number') latency = latencyMs;
    else if (typeof latencyMs === 'function') {
      latency = latencyMs(this.from.self, this.to.self, this.medium.random);
    } else latency = latencyMs.min + (latencyMs.max - latencyMs.min) * this.medium.random.next();
    this.observe(latency);
    return latency;
  }

  /** A packet has taken, or will take, so many milliseconds. */
  observe(latency: number): void {
    // Smoothing as of RFC 6298 (§2), with gain 1/8.
    this.smoothedLatency = Number.isNaN(this.smoothedLatency)
      ? latency
      : this.smoothedLatency + (latency - this.smoothedLatency) / 8;
  }

  /** When the last of `bytes` has left, given what is already leaving. */
  leave(bytes: number): number {
    const now = this.medium.deliveries.now();
    const bandwidth = this.value(this.medium.conditions.bandwidth);
    if (bandwidth === Number.POSITIVE_INFINITY) return now;
    this.busyUntil = Math.max(this.busyUntil, now) + bytes / bandwidth;
    return this.busyUntil;
  }

  private happens(probability: PerPath): boolean {
    const value = this.value(probability);
    return value > 0 && this.medium.random.next() < value;
  }

  private value(setting: number | ((from: NodeId, to: NodeId) => number)): number {
    return typeof setting === 'function' ? setting(this.from.self, this.to.self) : setting;
  }
}

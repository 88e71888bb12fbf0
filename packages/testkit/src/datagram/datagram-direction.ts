import type { Random } from '@macula/core';
import { copyBytes } from '../network/copy-bytes.ts';
import { type DatagramStats, noDatagrams } from './datagram-stats.ts';
import type { DatagramConditions } from './datagram-conditions.ts';

/** One copy of a datagram, and when it arrives. */
export interface DatagramCopy {
  readonly bytes: Uint8Array;
  readonly arrival: number;
}

/** Datagrams from one address to another: decides which arrive, when, and how damaged. */
export class DatagramDirection {
  readonly stats: DatagramStats = noDatagrams();
  private readonly random: Random;
  private latestArrival = 0;
  private busyUntil = 0;

  constructor(random: Random) {
    this.random = random;
  }

  /** What comes out at the other end of `bytes` sent at `now`; every copy is a buffer of its own. */
  send(bytes: Uint8Array, now: number, conditions: DatagramConditions): DatagramCopy[] {
    const { stats } = this;
    stats.sent++;
    stats.sentBytes += bytes.length;
    if (bytes.length > conditions.mtu) {
      stats.oversized++;
      return [];
    }
    const backlog = (Math.max(this.busyUntil, now) - now) * conditions.bandwidth;
    // No backlog times no limit is not a number, and nothing to worry about.
    if (backlog + bytes.length > conditions.bufferBytes) {
      stats.overflowed++;
      return [];
    }
    this.busyUntil = Math.max(this.busyUntil, now) + bytes.length / conditions.bandwidth;
    if (this.happens(conditions.loss)) {
      stats.lost++;
      return [];
    }
    const copies = [this.copy(bytes, conditions)];
    if (this.happens(conditions.duplication)) {
      stats.duplicated++;
      copies.push(this.copy(bytes, conditions));
    }
    return copies;
  }

  private copy(bytes: Uint8Array, conditions: DatagramConditions): DatagramCopy {
    const { stats, random } = this;
    const copied = copyBytes(bytes);
    if (copied.length > 0 && this.happens(conditions.corruption)) {
      stats.corrupted++;
      const at = random.integer(copied.length);
      copied[at] = (copied[at] as number) ^ (1 << random.integer(8));
    }
    const jitter = conditions.jitterMs > 0 ? random.next() * conditions.jitterMs : 0;
    const inOrder = Math.max(this.latestArrival, this.busyUntil + conditions.latencyMs + jitter);
    if (this.happens(conditions.reordering)) {
      stats.reordered++;
      return { bytes: copied, arrival: inOrder + random.next() * conditions.reorderingMs };
    }
    this.latestArrival = inOrder;
    return { bytes: copied, arrival: inOrder };
  }

  private happens(probability: number): boolean {
    return probability > 0 && this.random.next() < probability;
  }
}

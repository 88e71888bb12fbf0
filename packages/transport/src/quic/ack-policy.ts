/** What one turn brought, as far as it says when to acknowledge. */
export interface Reception {
  readonly packets: number;
  /** Length of the largest packet. */
  readonly largest: number;
  /** Application bytes that were read or written. */
  readonly usefulBytes: number;
  readonly wrote: boolean;
}

/**
 * Says when an acknowledgement may wait. quiche acknowledges whenever it is asked to send, so a
 * subscriber of sparse events would answer each of them with a packet of its own, which costs both
 * sides more than the event. RFC 9000 §13.2 allows to wait (up to max_ack_delay, 25 ms here as by
 * default), and Chromium's QUIC acknowledges every tenth packet once a connection has settled.
 *
 * An acknowledgement waits only if nobody can be waiting for it: only small packets have come (a sender
 * that is held back by its window sends full ones), they brought data, and this side has written
 * nothing for a while, so that there is nothing in flight which the packet might have told to send again.
 */
export class AckPolicy {
  private received = 0;
  private owed = 0;
  private wroteAt = -Infinity;

  /** True when the acknowledgement of what this turn brought may wait up to `ackDelayMs`. */
  mayWait({ packets, largest, usefulBytes, wrote }: Reception, now: number): boolean {
    this.received += packets;
    this.owed += packets;
    if (wrote) this.wroteAt = now;
    return (
      largest < fullPacket &&
      usefulBytes > 0 &&
      this.owed < packetsPerAck &&
      this.received > settledPackets &&
      now - this.wroteAt >= writerRestMs
    );
  }

  /** Everything is acknowledged: packets have been sent. */
  sent(): void {
    this.owed = 0;
  }
}

/** How long an acknowledgement waits at most, in milliseconds. */
export const ackDelayMs = 20;
const packetsPerAck = 10;
const settledPackets = 100;
const writerRestMs = 100;
// The least that every path must carry; a packet that was cut where the path ends is longer.
const fullPacket = 1_200;

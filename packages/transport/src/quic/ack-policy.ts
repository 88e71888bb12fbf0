/** What one turn brought, as far as it says when to acknowledge. */
export interface Reception {
  readonly packets: number;
  /** Length of all packets. */
  readonly bytes: number;
  /** Length of the largest packet. */
  readonly largest: number;
  /** Application bytes that were read. */
  readonly usefulBytes: number;
}

/**
 * Says when an acknowledgement may wait. quiche acknowledges whenever it is asked to send, so a
 * subscriber of sparse events would answer each of them with a packet of its own, and a callee each call before its
 * result, which costs both sides more than the event or the call. RFC 9000 §13.2 allows to wait (up to max_ack_delay, 25 ms
 * here as by default), and Chromium's QUIC acknowledges every tenth packet once a connection has settled.
 *
 * An acknowledgement waits only if nobody can be waiting for it: the packets brought data (one without may tell of losses),
 * and less is owed than two of the largest packets, which is the smallest window that a sender can have (RFC 9002
 * §7.2), so that none is held back by its window.
 */
export class AckPolicy {
  private received = 0;
  private owed = 0;
  private owedBytes = 0;
  private largest = leastFullPacket;

  /** True when the acknowledgement of what this turn brought may wait up to `ackDelayMs`. */
  mayWait({ packets, bytes, largest, usefulBytes }: Reception): boolean {
    this.received += packets;
    this.owed += packets;
    this.owedBytes += bytes;
    if (largest > this.largest) this.largest = largest;
    return (
      usefulBytes > 0 &&
      this.owed < packetsPerAck &&
      this.owedBytes < 2 * this.largest &&
      this.received > settledPackets
    );
  }

  /** Everything is acknowledged: packets have been sent. */
  sent(): void {
    this.owed = 0;
    this.owedBytes = 0;
  }
}

/** How long an acknowledgement waits at most, in milliseconds. */
export const ackDelayMs = 20;
const packetsPerAck = 10;
const settledPackets = 100;
// The least that every path must carry, and every sender's packets may be.
const leastFullPacket = 1_200;

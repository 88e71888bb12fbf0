/**
 * Bounds what one connection can make this node spend. Packets cost; application bytes that they
 * deliver earn. Honest traffic earns more than it costs; floods of PATH_CHALLENGE,
 * RETIRE_CONNECTION_ID, tiny CRYPTO or ACK frames (against which quiche 0.18 has no limit of its own)
 * only cost. A leaky bucket: `perSecond` packets a second may be unproductive, `burst` of them at once.
 */
export class SpendBudget {
  private level = 0;
  private updatedAt: number;
  private readonly perSecond: number;
  private readonly burst: number;

  constructor(now: number, perSecond: number, burst: number) {
    this.updatedAt = now;
    this.perSecond = perSecond;
    this.burst = burst;
  }

  /** Records one turn's packets and the application bytes they brought or acknowledged; false when the budget is gone. */
  spend(packets: number, usefulBytes: number, now: number): boolean {
    const earned = ((now - this.updatedAt) / 1_000) * this.perSecond + usefulBytes / bytesPerPacket;
    this.updatedAt = now;
    this.level = Math.max(0, this.level + packets - earned);
    return this.level <= this.burst;
  }
}

// A packet that carries at least this much is worth its cost.
const bytesPerPacket = 64;

/** Share of pushes that told nothing new above which the fanout shrinks, and below which it grows. */
const tooRedundant = 0.75;
const rarelyRedundant = 0.5;
/** Weight of the newest push in the running average. */
const smoothing = 0.1;

/**
 * To how many peers changes are pushed at a time: the configured fanout while most pushes are news; fewer
 * when most are not, since others push the same; and one as soon as a peer's queue is full.
 */
export class AdaptiveFanout {
  private readonly most: number;
  private fanout: number;
  private redundancy = 0;

  constructor(most: number) {
    this.most = most;
    this.fanout = most;
  }

  get current(): number {
    return Math.max(1, Math.round(this.fanout));
  }

  /** A push was acknowledged. */
  acknowledged(news: boolean): void {
    this.redundancy += smoothing * ((news ? 0 : 1) - this.redundancy);
    if (this.redundancy > tooRedundant) this.fanout = Math.max(1, this.fanout * 0.95);
    else if (this.redundancy < rarelyRedundant)
      this.fanout = Math.min(this.most, this.fanout + 0.1);
  }

  /** A link took no more. */
  refused(): void {
    this.fanout = 1;
  }

  /** A round ended in which every link took what it was given. */
  quiet(): void {
    if (this.redundancy <= tooRedundant) this.fanout = Math.min(this.most, this.fanout + 0.25);
  }
}

/** Rounds for which a change is pushed before it is left to the peers that got it: grows with the logarithm of the mesh (Demers et al. 1987). */
export function pushRounds(peers: number, fanout: number): number {
  return 2 + Math.ceil(Math.log(peers + 1) / Math.log(fanout + 1));
}

/**
 * How far a node trusts its own timing: Lifeguard's local health multiplier (arXiv 1707.00788, §IV-A). The score
 * is 0 when all is well; probe interval and timeout are multiplied by score + 1. What speaks for trouble on
 * this side raises it: probes that fail, promised nacks that do not come, the need to refute a
 * suspicion, and timers that fire late. A probe that succeeds lowers it.
 */
export class LocalHealth {
  readonly #maxScore: number;
  #score = 0;

  /** With `maxScore` 0 the multiplier is always 1, as in plain SWIM. */
  constructor(maxScore: number) {
    this.#maxScore = maxScore;
  }

  get score(): number {
    return this.#score;
  }

  get multiplier(): number {
    return this.#score + 1;
  }

  probeSucceeded(): void {
    this.#change(-1);
  }

  /**
   * Of `asked` others, `nacks` have said in time that they got no answer either. Lifeguard counts every nack that is
   * missing; here one that comes proves that this node hears in time, so that the rest are missing for
   * their own reasons, and a node amid many failures does not take them for its own.
   */
  probeFailed(asked: number, nacks: number): void {
    if (asked === 0 || nacks === 0) this.#change(1);
  }

  hadToRefute(): void {
    this.#change(1);
  }

  /** A timer has fired `lagMs` late: one point, and one more for every whole period. */
  lagged(lagMs: number, probeIntervalMs: number): void {
    this.#change(1 + Math.floor(lagMs / probeIntervalMs));
  }

  #change(by: number): void {
    this.#score = Math.min(this.#maxScore, Math.max(0, this.#score + by));
  }
}

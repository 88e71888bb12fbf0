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

  /** `missedNacks` of those that were asked to probe indirectly said nothing at all; where none could be asked, the failure itself counts. */
  probeFailed(asked: number, missedNacks: number): void {
    this.#change(asked === 0 ? 1 : missedNacks);
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

import type { Clock } from './contracts/clock.ts';
import { InvalidArgumentError } from './errors.ts';

export interface CircuitBreakerOptions {
  /** Consecutive failures that open the circuit. Default 5. */
  readonly threshold?: number;
  /** Milliseconds that the circuit stays open before one attempt may try again. Default 10,000. */
  readonly resetAfterMs?: number;
}

/**
 * Stops asking what keeps failing (Nygard, "Release It!", 2007). Closed: everything passes. After
 * `threshold` consecutive failures open: nothing passes. After `resetAfterMs` half-open: one attempt
 * passes, and its outcome closes or reopens the circuit; an attempt whose outcome nobody reports
 * counts as lost after another `resetAfterMs`.
 */
export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #threshold: number;
  readonly #resetAfterMs: number;
  #failures = 0;
  /** When the next attempt may pass; undefined while closed. */
  #retryAt: number | undefined;
  #probing = false;

  constructor(clock: Clock, options: CircuitBreakerOptions = {}) {
    const { threshold = 5, resetAfterMs = 10_000 } = options;
    if (!Number.isSafeInteger(threshold) || threshold < 1 || !(resetAfterMs >= 0)) {
      throw new InvalidArgumentError(
        `a circuit breaker needs a threshold of at least 1 and a resetAfterMs of at least 0, got ${threshold} and ${resetAfterMs}`,
      );
    }
    this.#clock = clock;
    this.#threshold = threshold;
    this.#resetAfterMs = resetAfterMs;
  }

  get state(): 'closed' | 'open' | 'half-open' {
    if (this.#retryAt === undefined) return 'closed';
    return this.#probing || this.#clock.now() >= this.#retryAt ? 'half-open' : 'open';
  }

  /** Whether an attempt may be made now. In half-open state true once: the caller must make the attempt and report its outcome. */
  allows(): boolean {
    if (this.#retryAt === undefined) return true;
    if (this.#clock.now() < this.#retryAt) return false;
    this.#probing = true;
    this.#retryAt = this.#clock.now() + this.#resetAfterMs;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#retryAt = undefined;
    this.#probing = false;
  }

  failed(): void {
    this.#failures++;
    if (!this.#probing && this.#failures < this.#threshold) return;
    // A straggler that fails while the circuit is open already does not postpone the next attempt.
    if (this.#retryAt !== undefined && !this.#probing) return;
    this.#probing = false;
    this.#retryAt = this.#clock.now() + this.#resetAfterMs;
  }
}

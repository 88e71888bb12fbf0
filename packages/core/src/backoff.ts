import type { Random } from './contracts/random.ts';

/** How delays between attempts grow. */
export interface BackoffOptions {
  /** Upper bound of the delay before attempt 0, in milliseconds. */
  readonly baseMs: number;
  /** No delay is longer than this, in milliseconds. */
  readonly maxMs: number;
  /** What the bound is multiplied by from attempt to attempt. Default 2. */
  readonly factor?: number;
}

/**
 * Milliseconds to wait before retry `attempt` (0 for the first): exponential backoff with full jitter, a
 * uniform draw from [0, min(maxMs, baseMs · factor^attempt)). Full jitter spreads clients that failed
 * together best (Brooker, "Exponential Backoff and Jitter", 2015).
 */
export function backoffDelay(attempt: number, options: BackoffOptions, random: Random): number {
  return random.next() * backoffBound(attempt, options);
}

/** The upper bound that `backoffDelay` draws below. */
export function backoffBound(attempt: number, options: BackoffOptions): number {
  const { baseMs, maxMs, factor = 2 } = options;
  return Math.min(maxMs, baseMs * factor ** Math.max(0, attempt));
}

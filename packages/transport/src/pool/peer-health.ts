import {
  backoffDelay,
  type BackoffOptions,
  CircuitBreaker,
  type Clock,
  PeerUnreachableError,
  type Random,
} from '@macula/core';

export interface PeerHealthOptions {
  /** Dials that fail one after the other until a target is left alone. */
  readonly breakerThreshold: number;
  /** Milliseconds that it is left alone. */
  readonly breakerResetMs: number;
  /** Delay before a target is dialled again after failures. */
  readonly backoff: BackoffOptions;
  /** Targets with failures that are remembered. */
  readonly maxTargets: number;
}

interface Record {
  readonly breaker: CircuitBreaker;
  failures: number;
  /** Clock time before which the next dial waits. */
  notBefore: number;
  /** Clock time at which the breaker lets the next dial pass. */
  retryAt: number;
  lastError: unknown;
}

/** How dials to each target went lately: spaces retries out, and stops asking who never answers. Only failing targets take memory. */
export class PeerHealth {
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly options: PeerHealthOptions;
  /** In the order of the last failure. */
  private readonly records = new Map<string, Record>();

  constructor(clock: Clock, random: Random, options: PeerHealthOptions) {
    this.clock = clock;
    this.random = random;
    this.options = options;
  }

  /** Throws PeerUnreachableError while the target is left alone; its message says until when, its cause what failed last. */
  assertDialable(target: string): void {
    const record = this.records.get(target);
    if (record === undefined || record.breaker.allows()) return;
    const wait = Math.max(0, Math.ceil(record.retryAt - this.clock.now()));
    throw new PeerUnreachableError(
      `${target} failed ${record.failures} times in a row and will be tried again in ${wait} ms`,
      { cause: record.lastError },
    );
  }

  /** Milliseconds to wait before the next dial to `target`. */
  delayOf(target: string): number {
    const record = this.records.get(target);
    return record === undefined ? 0 : Math.max(0, record.notBefore - this.clock.now());
  }

  succeeded(target: string): void {
    this.records.delete(target);
  }

  failed(target: string, error: unknown): void {
    const record = this.records.get(target) ?? this.fresh();
    this.records.delete(target);
    this.records.set(target, record);
    this.forgetOldest();
    const now = this.clock.now();
    record.breaker.failed();
    record.lastError = error;
    record.notBefore = now + backoffDelay(record.failures, this.options.backoff, this.random);
    record.retryAt = now + this.options.breakerResetMs;
    record.failures += 1;
  }

  get size(): number {
    return this.records.size;
  }

  private fresh(): Record {
    const { breakerThreshold: threshold, breakerResetMs: resetAfterMs } = this.options;
    const breaker = new CircuitBreaker(this.clock, { threshold, resetAfterMs });
    return { breaker, failures: 0, notBefore: 0, retryAt: 0, lastError: undefined };
  }

  private forgetOldest(): void {
    if (this.records.size <= this.options.maxTargets) return;
    const oldest = this.records.keys().next();
    if (oldest.done !== true) this.records.delete(oldest.value);
  }
}

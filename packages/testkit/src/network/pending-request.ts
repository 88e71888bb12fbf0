import {
  AbortedError,
  type Clock,
  type RequestOptions,
  TimeoutError,
  type Timer,
} from '@macula/core';

const defaultTimeoutMs = 5_000;

/** A request that waits for its response, its deadline or its caller's signal. */
export class PendingRequest {
  readonly response: Promise<Uint8Array>;
  private readonly kind: number;
  private readonly timeoutMs: number;
  private readonly signal: AbortSignal | undefined;
  private readonly timer: Timer;
  private readonly onOver: () => void;
  private settle: (response: Uint8Array) => void = () => undefined;
  private fail: (error: Error) => void = () => undefined;

  /** `onOver` is told once, before the response settles. */
  constructor(clock: Clock, kind: number, options: RequestOptions, onOver: () => void) {
    this.kind = kind;
    this.timeoutMs = options.timeout ?? defaultTimeoutMs;
    this.signal = options.signal;
    this.onOver = onOver;
    this.response = new Promise((resolve, reject) => {
      this.settle = resolve;
      this.fail = reject;
    });
    this.timer = clock.setTimer(this.expire, this.timeoutMs);
    this.signal?.addEventListener('abort', this.abort, { once: true });
  }

  resolve(response: Uint8Array): void {
    this.end();
    this.settle(response);
  }

  reject(error: Error): void {
    this.end();
    this.fail(error);
  }

  private end(): void {
    this.timer.cancel();
    this.signal?.removeEventListener('abort', this.abort);
    this.onOver();
  }

  private readonly expire = (): void => {
    const what = nameOf(this.kind);
    this.reject(new TimeoutError(`${what} got no response within ${this.timeoutMs} ms`));
  };

  private readonly abort = (): void => {
    this.reject(requestAborted(this.kind, this.signal));
  };
}

export function requestAborted(kind: number, signal: AbortSignal | undefined): AbortedError {
  return new AbortedError(`${nameOf(kind)} was aborted`, { cause: signal?.reason });
}

export function nameOf(kind: number): string {
  return `request of kind 0x${kind.toString(16)}`;
}

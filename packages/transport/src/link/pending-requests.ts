import {
  AbortedError,
  LimitExceededError,
  RequestFailedError,
  type RequestOptions,
  type Timer,
  TimeoutError,
  type TimerWheel,
} from '@macula/core';

interface Pending {
  readonly resolve: (body: Uint8Array) => void;
  readonly reject: (error: Error) => void;
  readonly timer: Timer;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: (() => void) | undefined;
}

/** Milliseconds that a request waits unless told otherwise. */
const defaultTimeoutMs = 5_000;

/** The requests of one link that wait for their responses. */
export class PendingRequests {
  private readonly pending = new Map<bigint, Pending>();
  private readonly timers: TimerWheel;
  private readonly limit: number;
  private nextId = 1n;

  constructor(timers: TimerWheel, limit: number) {
    this.timers = timers;
    this.limit = limit;
  }

  get size(): number {
    return this.pending.size;
  }

  /** Opens a request and lets `send` send it under its ID. Throws LimitExceededError. */
  open(kind: number, options: RequestOptions, send: (id: bigint) => void): Promise<Uint8Array> {
    if (this.pending.size >= this.limit) {
      return Promise.reject(
        new LimitExceededError(`${this.limit} requests wait on this link already`),
      );
    }
    const { signal, timeout = defaultTimeoutMs } = options;
    if (signal?.aborted === true) return Promise.reject(aborted(kind, signal));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const timer = this.timers.schedule(() => {
        this.settle(id)?.reject(
          new TimeoutError(
            `no response to a request of kind 0x${kind.toString(16)} within ${timeout} ms`,
          ),
        );
      }, timeout);
      const onAbort =
        signal === undefined
          ? undefined
          : () => {
              this.settle(id)?.reject(aborted(kind, signal));
            };
      if (onAbort !== undefined) signal?.addEventListener('abort', onAbort, { once: true });
      this.pending.set(id, { resolve, reject, timer, signal, onAbort });
      send(id);
    });
  }

  /** A response came. Late ones, whose request has given up, are ignored. */
  answer(id: bigint, errorCode: string, errorMessage: string, body: () => Uint8Array): void {
    const request = this.settle(id);
    if (request === undefined) return;
    if (errorCode === '') request.resolve(body());
    else request.reject(new RequestFailedError(errorCode, errorMessage));
  }

  failAll(error: Error): void {
    for (const id of [...this.pending.keys()]) this.settle(id)?.reject(error);
  }

  fail(id: bigint, error: Error): void {
    this.settle(id)?.reject(error);
  }

  private settle(id: bigint): Pending | undefined {
    const request = this.pending.get(id);
    if (request === undefined) return undefined;
    this.pending.delete(id);
    request.timer.cancel();
    if (request.onAbort !== undefined)
      request.signal?.removeEventListener('abort', request.onAbort);
    return request;
  }
}

function aborted(kind: number, signal: AbortSignal): AbortedError {
  return new AbortedError(`a request of kind 0x${kind.toString(16)} was aborted`, {
    cause: signal.reason,
  });
}

/** What ends a call: an AbortSignal, or something that costs less than an AbortController for each call. */
export interface AbortSource {
  readonly aborted: boolean;
  readonly reason: unknown;
  /** `listener` is called once, when what was going on is to end. */
  addEventListener(type: 'abort', listener: { handleEvent(): void }): void;
  removeEventListener(type: 'abort', listener: { handleEvent(): void }): void;
}

/** How a call is made. */
export interface CallOptions {
  /** Milliseconds until the call fails with CallTimeoutError; travels with the call. Default: the `callTimeout` of createRpc, 30,000. */
  readonly timeout?: number;
  /** Ends the call with AbortedError; the callee's handler sees its own signal fire. */
  readonly signal?: AbortSource;
  /** The handler may run more than once, so the call is made again elsewhere when a callee is lost. Default false. */
  readonly idempotent?: boolean;
  /** How many times an idempotent call is made again at most, with exponential, jittered delays. Default 3. */
  readonly retries?: number;
  /** Receives progressive results, in order, before the call resolves. Asking for them is what lets the handler send them. */
  readonly onProgress?: (value: unknown) => void;
  /** Shows this node's ID to the handler as `context.caller`. Default false. */
  readonly discloseMe?: boolean;
  /** W3C trace context, handed to the handler. */
  readonly traceparent?: string;
  /**
   * What the handler is to know of the call beside its arguments, as `context.details`: a plain object whose MessagePack has
   * at most 16 KiB.
   */
  readonly details?: Readonly<Record<string, unknown>>;
  /**
   * Calls with the same key go to the same callee of a shared registration (rendezvous hashing), as long as it can be
   * reached; overrides `roundrobin`, `random` and `fastest`.
   */
  readonly key?: string;
}

/** How a stream is opened. */
export interface StreamOptions {
  /** Milliseconds that the stream may last in all. Default: no limit. */
  readonly timeout?: number;
  /** Ends the stream at once, on both sides. */
  readonly signal?: AbortSignal;
  /** As in CallOptions. */
  readonly discloseMe?: boolean;
  /** As in CallOptions. */
  readonly traceparent?: string;
  /** As in CallOptions. */
  readonly key?: string;
}

/** Bits of the `flags` field in Call and CallStreamOpen. */
export const CallFlag = { progress: 1, idempotent: 2, disclosed: 4 } as const;

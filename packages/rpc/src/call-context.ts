import type { NodeId } from '@macula/core';

/** What a handler knows of the request it answers. */
export interface RequestContext {
  /** Positional arguments. */
  readonly args: readonly unknown[];
  /** Named arguments. */
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** The value that the caller gave: the inverse of how it became args and kwargs. */
  readonly payload: unknown;
  /** The procedure that was called: says more than the registration where that is a pattern. */
  readonly procedure: string;
  /** The calling node, if it disclosed itself or the registration asks for it. The link has authenticated it. */
  readonly caller: NodeId | undefined;
  /** Fires when the caller gives up, is lost, or the deadline passes; its reason says which. Made when first read. */
  readonly signal: AbortSignal;
  /** When the caller stops waiting, in this node's clock milliseconds. */
  readonly deadline: number;
  /** W3C trace context, if the caller sent one. */
  readonly traceparent: string | undefined;
  /** Milliseconds until the deadline; 0 when it has passed. */
  remaining(): number;
}

/** What a call's handler gets beside the arguments. */
export interface CallContext extends RequestContext {
  /** Whether the caller asked for progressive results. */
  readonly wantsProgress: boolean;
  /** What the caller's side told beside the arguments, if anything. */
  readonly details: Readonly<Record<string, unknown>> | undefined;
  /**
   * Has `listener` called when `signal` would fire, with its reason; once, and at once if that is past. A call that asks
   * for this instead of the signal is spared an AbortController. A second listener takes the place of the first.
   */
  onAbort(listener: (reason: Error) => void): void;
  /**
   * Sends a progressive result, if the caller asked for them; does nothing if not. Resolves when the link has room:
   * awaiting it is what slows a handler to the caller's pace. Rejects with AbortedError once the call is over, and
   * with LimitExceededError when too many are waiting already.
   */
  progress(value: unknown): Promise<void>;
}

/**
 * Answers a call. What it returns becomes the result: an array its args, a plain object its kwargs, anything else one
 * positional argument. A CallError that it throws reaches the caller as it is, any other error as
 * `wamp.error.runtime_error` with its message. One that returns no promise is answered in the same turn.
 */
export type CallHandler = (args: readonly unknown[], context: CallContext) => unknown;

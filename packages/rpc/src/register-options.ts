import type { ConfirmOptions, NodeId, PatternMatch } from '@macula/core';
import type { Invoke } from './resolve/invoke.ts';

/** Another registration of the same pattern that this one gives way to. */
export interface RegistrationConflict {
  readonly procedure: string;
  /** The node whose registration counts. */
  readonly winner: NodeId;
  /** The winner's policy. */
  readonly invoke: Invoke;
}

export interface RegisterOptions {
  /** How the procedure's text is read. Default: `wildcard` when it has `*` or `**` segments, else `exact`. */
  readonly match?: PatternMatch;
  /** How callers choose among the nodes that register it. Default `single`. All must ask for the same. */
  readonly invoke?: Invoke;
  /** Calls that may run at once on this node; more are refused with OverloadedError, so that callers go elsewhere. Default: no limit but the link's. */
  readonly concurrency?: number;
  /** Shows the handler every caller, also those that did not disclose themselves. Default false. */
  readonly discloseCaller?: boolean;
  /** Called when this registration stops counting, because an earlier one has come into view. It stands by and counts again when that one goes. */
  readonly onConflict?: (conflict: RegistrationConflict) => void;
  /** Ends the wait for the directory. */
  readonly signal?: AbortSignal;
}

/** A procedure that this node offers. */
export interface Registration {
  readonly id: string;
  /** The pattern's text. */
  readonly procedure: string;
  readonly match: PatternMatch;
  readonly invoke: Invoke;
  /** Whether callers take it into account: false while an earlier registration excludes it. */
  readonly active: boolean;
  /**
   * Resolves when the directory's replicas know of it: until then, some milliseconds, callers elsewhere may be told that there is no such
   * procedure. Throws TimeoutError or AbortedError.
   */
  confirmed(options?: ConfirmOptions): Promise<void>;
  /** Withdraws it; calls that run go on. Idempotent. */
  unregister(): Promise<void>;
}

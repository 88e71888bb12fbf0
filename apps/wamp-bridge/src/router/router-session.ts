import type { PatternMatch } from '@macula/core';

/** What WAMP messages carry. */
export interface Arguments {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

export interface RouterEvent extends Arguments {
  readonly topic: string;
  /** The publisher's session, where the router tells. */
  readonly publisher: number | undefined;
  readonly retained: boolean;
}

export interface RouterInvocation extends Arguments {
  readonly procedure: string;
  /** The caller's session, where the router tells. */
  readonly caller: number | undefined;
  readonly wantsProgress: boolean;
  /** Fires when the router interrupts: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  progress(result: Arguments): void;
}

export interface RouterCallOptions {
  readonly timeoutMs: number;
  /** Cancels the call, at the callee, too, where the router can. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (result: Arguments) => void;
}

/** Something of this session at the router. */
export interface RouterHandle {
  readonly id: number;
  /** Ends it. Rejects when the router refuses or is gone. */
  end(): Promise<void>;
}

export type RouterRole = 'broker' | 'dealer';

/**
 * One session at a WAMP router: all that a bridge needs of a client library. It lives as long as its connection and never
 * reconnects. Requests reject with RouterGoneError when the session ends first, and with RouterRefusal when the router says no.
 */
export interface RouterSession {
  readonly id: number;
  /** Resolves, with the reason, when the session has ended. */
  readonly lost: Promise<string>;
  has(role: RouterRole, feature: string): boolean;
  /** Resolves when the router has acknowledged the event. */
  publish(topic: string, event: Arguments): Promise<void>;
  subscribe(
    topic: string,
    match: PatternMatch,
    handler: (event: RouterEvent) => void,
  ): Promise<RouterHandle>;
  register(
    procedure: string,
    options: { readonly match: PatternMatch; readonly shared: boolean },
    handler: (invocation: RouterInvocation) => Promise<Arguments>,
  ): Promise<RouterHandle>;
  call(procedure: string, call: Arguments, options: RouterCallOptions): Promise<Arguments>;
  /** Says goodbye. Idempotent. */
  close(): Promise<void>;
}

export type ConnectRouter = (options: { readonly signal: AbortSignal }) => Promise<RouterSession>;

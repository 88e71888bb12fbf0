import type { Timer } from '@macula/core';
import type { Arguments } from '../body-value.ts';
import type { ClientSession } from '../session/client-session.ts';

/** Who hears how a call goes. */
export interface CallListener {
  progressed(call: OutgoingCall, part: Arguments): void;
  returned(call: OutgoingCall, result: Arguments): void;
  failed(call: OutgoingCall, error: unknown): void;
}

/** A call that a client of this router waits for. */
export interface OutgoingCall {
  readonly session: ClientSession;
  readonly request: number;
  readonly procedure: string;
  /** Whether the caller wants parts of the result as they come. */
  readonly wantsProgress: boolean;
  /** Milliseconds within which the result has to come or, where parts of it may, whatever comes next. */
  readonly timeout: number;
  /** Ends the call when the callee takes too long, where its router and not the mesh looks after that. */
  deadline: Timer | undefined;
  /** Set while the callee is asked to end it. */
  killing: Timer | undefined;
  /** Nobody waits any more. Without a reason the callee is not told. */
  abandon(reason: string | undefined): void;
  /** Asks the callee to end it. */
  kill(): void;
  /** It was answered: lets go of what it holds. */
  close(): void;
}

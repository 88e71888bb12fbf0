import { AbortedError, type NodeId } from '@macula/core';
import type { Details, ReceivedBody } from '@macula/wire';
import { CallTimeoutError } from '../call-error.ts';
import type { CallContext, CallHandler } from '../call-context.ts';
import { CallFlag } from '../call-options.ts';
import { Expiring } from '../deadline-list.ts';
import type { IncomingCalls } from './incoming-calls.ts';
import type { LocalRegistration } from './local-registration.ts';

/** How many progressive results of one call may wait for the link. */
const maxWaitingProgress = 64;
const done = Promise.resolve();
const ignore = (): void => undefined;

/** One run of a handler: its context, and what is left to do for the caller. */
export class Invocation extends Expiring implements CallContext {
  readonly calls: IncomingCalls;
  readonly registration: LocalRegistration<CallHandler>;
  readonly id: number;
  readonly procedure: string;
  readonly traceparent: string | undefined;
  readonly details: Details | undefined;
  readonly #body: ReceivedBody;
  readonly #flags: number;
  /** The final answer is given, or nobody wants it any more. */
  over = false;
  waitingProgress = 0;
  #abort: AbortController | undefined = undefined;
  #reason: Error | undefined = undefined;
  #onAbort: ((reason: Error) => void) | undefined = undefined;

  constructor(
    calls: IncomingCalls,
    registration: LocalRegistration<CallHandler>,
    procedure: string,
    id: number,
    flags: number,
    timeoutMs: number,
    traceparent: string | undefined,
    details: Details | undefined,
    body: ReceivedBody,
  ) {
    super();
    this.calls = calls;
    this.registration = registration;
    this.procedure = procedure;
    this.id = id;
    this.#flags = flags;
    this.traceparent = traceparent;
    this.details = details;
    this.#body = body;
    this.deadline = calls.now() + timeoutMs;
  }

  get args(): readonly unknown[] {
    return this.#body.args;
  }

  get kwargs(): Readonly<Record<string, unknown>> {
    return this.#body.kwargs;
  }

  get payload(): unknown {
    return this.#body.payload;
  }

  get caller(): NodeId | undefined {
    return (this.#flags & CallFlag.disclosed) !== 0 || this.registration.discloseCaller
      ? this.calls.link.peer
      : undefined;
  }

  get wantsProgress(): boolean {
    return (this.#flags & CallFlag.progress) !== 0;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#reason !== undefined) this.#abort.abort(this.#reason);
    }
    return this.#abort.signal;
  }

  onAbort(listener: (reason: Error) => void): void {
    if (this.#reason === undefined) this.#onAbort = listener;
    else listener(this.#reason);
  }

  remaining(): number {
    return Math.max(0, this.deadline - this.calls.now());
  }

  progress(value: unknown): Promise<void> {
    if (this.over) {
      return rejected(this.#reason ?? new AbortedError('the call has been answered already'));
    }
    if (!this.wantsProgress) return done;
    try {
      return this.calls.answers.progress(this, value, maxWaitingProgress) ?? done;
    } catch (error) {
      return rejected(error);
    }
  }

  override expire(): void {
    this.calls.expired(this, new CallTimeoutError('the deadline passed before the handler ended'));
  }

  /** Why the answer is not wanted any more, if so. */
  get abortReason(): Error | undefined {
    return this.#reason;
  }

  /** Tells the handler that its answer is not wanted any more. */
  abort(reason: Error): void {
    this.over = true;
    this.#reason = reason;
    this.#abort?.abort(reason);
    this.#onAbort?.(reason);
  }
}

/** A handler need not look at the promise: then its rejection is nobody's loss. */
function rejected(error: unknown): Promise<void> {
  const promise: Promise<never> = Promise.reject(error as Error);
  promise.catch(ignore);
  return promise;
}

import { AbortedError, type FrameView, LinkClosedError, ProtocolError } from '@macula/core';
import {
  Call,
  CancelCall,
  decodeDetails,
  decodeMessage,
  decodePayload,
  type Details,
  headerOf,
  Procedure,
  readBody,
  type ReceivedBody,
} from '@macula/wire';
import type { CallHandler } from '../call-context.ts';
import { CallError } from '../call-error.ts';
import type { CallLink } from '../call-link.ts';
import type { DeadlineList } from '../deadline-list.ts';
import { ErrorUri } from '../error-uri.ts';
import type { InvocationOutcome } from '../rpc-metrics.ts';
import type { RpcContext } from '../rpc-context.ts';
import { PinWhileBusy } from '../pin-while-busy.ts';
import { Answers } from './answers.ts';
import { Invocation } from './invocation.ts';
import type { LocalRegistration } from './local-registration.ts';
import { type NamedProcedure, ProcedureNames } from './procedure-names.ts';
import type { Procedures } from './procedures.ts';

/**
 * What one caller asks of this node over one link. Every call gets exactly one final answer: a result, an error, or a
 * refusal, which says that the handler has not run. A handler that goes on after its call was cut short counts
 * until it ends, so that nobody can start more work than the limit by cancelling.
 */
export class IncomingCalls {
  readonly link: CallLink;
  readonly answers: Answers;
  readonly #context: RpcContext;
  readonly #names: ProcedureNames;
  readonly #deadlines: DeadlineList<Invocation>;
  /** Calls that wait for their handler. Those that are answered in the same turn never get here. */
  readonly #running = new Map<number, Invocation>();
  readonly #pin: PinWhileBusy;
  /** Handlers that run, also for calls that are over. */
  active = 0;
  /** Bytes that those which take their time came with. */
  #held = 0;

  constructor(
    link: CallLink,
    context: RpcContext,
    procedures: Procedures<CallHandler>,
    deadlines: DeadlineList<Invocation>,
  ) {
    this.link = link;
    this.#context = context;
    this.#names = new ProcedureNames(procedures);
    this.#deadlines = deadlines;
    this.answers = new Answers(link, context);
    this.#pin = new PinWhileBusy(context, link.peer, () => this.#running.size > 0);
  }

  now(): number {
    return this.#context.clock.now();
  }

  /** Throws ProtocolError, which closes the link. */
  onProcedure(frame: FrameView): void {
    const { alias, uri } = decodeMessage(Procedure, headerOf(frame), 'procedure frame');
    this.#names.learn(alias, uri);
  }

  /** Throws ProtocolError, which closes the link. */
  onCall(frame: FrameView): void {
    const { header } = this.#context;
    if (header.read(frame)) {
      const { fields } = header;
      const named = this.#names.get(fields[2] as number);
      const details = decodeDetails(header.details);
      this.#accept(
        frame,
        fields[1] as number,
        named,
        fields[4] as number,
        fields[3] as number,
        '',
        details,
      );
    } else {
      const call = decodeMessage(Call, headerOf(frame), 'call');
      const named =
        call.alias === 0 ? this.#names.inline(call.procedure) : this.#names.get(call.alias);
      const details = decodeDetails(call.details);
      this.#accept(frame, call.id, named, call.flags, call.timeoutMs, call.traceparent, details);
    }
  }

  /** The call may have been answered meanwhile; then there is nothing to cancel. */
  onCancel(frame: FrameView): void {
    const { id } = decodeMessage(CancelCall, headerOf(frame), 'cancellation');
    const invocation = this.#running.get(id);
    if (invocation === undefined) return;
    const reason = new AbortedError('the caller has given up');
    this.#cutShort(invocation, reason, ErrorUri.canceled, 'canceled');
  }

  expired(invocation: Invocation, reason: Error): void {
    this.#cutShort(invocation, reason, ErrorUri.timeout, 'timeout');
  }

  /** The caller is gone: nobody waits for anything. */
  close(): void {
    const reason = new LinkClosedError('the link to the caller ended');
    const running = [...this.#running.values()];
    this.#running.clear();
    this.#pin.release();
    this.answers.close(reason);
    for (const invocation of running) {
      this.#deadlines.remove(invocation);
      this.#context.metrics.invocations.canceled.inc();
      invocation.abort(reason);
    }
  }

  /** Ends every call, because this node stops. */
  stop(): void {
    const reason = new AbortedError('the callee is stopping');
    for (const invocation of [...this.#running.values()]) {
      this.#cutShort(invocation, reason, ErrorUri.canceled, 'canceled');
    }
    this.answers.close(reason);
    this.#pin.release();
  }

  #accept(
    frame: FrameView,
    id: number,
    named: NamedProcedure,
    flags: number,
    timeoutMs: number,
    traceparent: string,
    details: Details | undefined,
  ): void {
    if (id === 0 || this.#running.has(id)) {
      throw new ProtocolError(`call ${id} has no number of its own`);
    }
    const { procedure } = named;
    const registration = this.#names.registrationOf(named);
    if (registration === undefined) {
      this.#refuse(id, ErrorUri.noSuchProcedure, `this node has not registered ${procedure}`);
      return;
    }
    const size = frame.payloadEnd - frame.headerStart;
    if (registration.isFull || !this.#hasRoomFor(size)) {
      this.#refuse(id, ErrorUri.overloaded, `${procedure} has no room for another call here`);
      return;
    }
    let body: ReceivedBody;
    try {
      body = readBody(decodePayload(frame));
    } catch {
      this.#context.metrics.malformed.inc();
      this.#refuse(id, ErrorUri.invalidArgument, 'the arguments do not decode');
      return;
    }
    const timeout = timeoutMs === 0 ? this.#context.options.callTimeout : timeoutMs;
    const trace = traceparent === '' ? undefined : traceparent;
    this.#run(
      new Invocation(this, registration, procedure, id, flags, timeout, trace, details, body),
      size,
    );
  }

  #hasRoomFor(size: number): boolean {
    const { maxInvocationsPerLink, maxInvocationBytesPerLink } = this.#context.options;
    const taken = this.active + this.answers.waiting;
    if (taken >= maxInvocationsPerLink) return false;
    return this.#held === 0 || this.#held + size <= maxInvocationBytesPerLink;
  }

  #run(invocation: Invocation, size: number): void {
    const { registration } = invocation;
    this.active++;
    registration.running++;
    let value: unknown;
    try {
      value = registration.handler(invocation.args, invocation);
    } catch (error) {
      this.#ended(registration, 0);
      this.#threw(invocation, error);
      return;
    }
    if (isPromise(value)) {
      this.#held += size;
      this.#running.set(invocation.id, invocation);
      this.#deadlines.add(invocation);
      this.#pin.touch();
      void Promise.resolve(value).then(
        (result) => {
          this.#ended(registration, size);
          this.#returned(invocation, result);
        },
        (error: unknown) => {
          this.#ended(registration, size);
          this.#threw(invocation, error);
        },
      );
    } else {
      this.#ended(registration, 0);
      this.#returned(invocation, value);
    }
  }

  #ended(registration: LocalRegistration<CallHandler>, held: number): void {
    this.active--;
    this.#held -= held;
    registration.running--;
  }

  #returned(invocation: Invocation, value: unknown): void {
    if (!this.#conclude(invocation)) return;
    const { invocations } = this.#context.metrics;
    invocations[this.answers.result(invocation.id, value) ? 'ok' : 'error'].inc();
  }

  #threw(invocation: Invocation, error: unknown): void {
    if (!this.#conclude(invocation)) return;
    const { metrics, logger } = this.#context;
    metrics.invocations.error.inc();
    if (!(error instanceof CallError)) {
      logger.debug({ procedure: invocation.procedure, error }, 'a handler failed');
    }
    this.answers.failure(invocation.id, error, false);
  }

  #cutShort(invocation: Invocation, reason: Error, uri: string, outcome: InvocationOutcome): void {
    if (!this.#conclude(invocation)) return;
    this.#context.metrics.invocations[outcome].inc();
    this.answers.failure(invocation.id, new CallError(uri, [reason.message]), false);
    invocation.abort(reason);
  }

  /** Takes the call off the books; false when it is over already. */
  #conclude(invocation: Invocation): boolean {
    if (invocation.over) return false;
    invocation.over = true;
    if (this.#running.delete(invocation.id)) this.#deadlines.remove(invocation);
    return true;
  }

  #refuse(id: number, uri: string, message: string): void {
    this.#context.metrics.invocations.refused.inc();
    this.answers.failure(id, new CallError(uri, [message]), true);
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

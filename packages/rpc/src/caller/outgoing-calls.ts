import { LimitExceededError, type Unsubscribe } from '@macula/core';
import {
  bodyOf,
  Call,
  encodeDetails,
  encodeValue,
  FrameKind,
  noDetails,
  Procedure,
} from '@macula/wire';
import { checkSize, maxAliases } from '../call-limits.ts';
import type { CallLink } from '../call-link.ts';
import { PinWhileBusy } from '../pin-while-busy.ts';
import type { RpcContext } from '../rpc-context.ts';
import { SlotTable } from '../slot-table.ts';
import type { Callee } from './callee.ts';
import { CallQueue } from './call-queue.ts';
import type { PendingCall } from './pending-call.ts';

/** What is left of a link's calls when the link is gone. */
export interface AbandonedCalls {
  /** Sent, so the handler may have run. */
  readonly sent: readonly PendingCall[];
  /** Not sent. */
  readonly waiting: readonly PendingCall[];
}

/**
 * This node's calls over one link: their numbers, the aliases of their procedures, and the queue of those that
 * the link has no room for. A number is free again when the callee has answered, also for a call that was
 * cancelled or timed out: the callee answers each exactly once, so no late answer meets a new call, and
 * what keeps running over there still counts.
 */
export class OutgoingCalls {
  readonly link: CallLink;
  readonly callee: Callee;
  readonly #context: RpcContext;
  readonly #slots: SlotTable<PendingCall>;
  readonly #queue: CallQueue;
  readonly #aliases = new Map<string, number>();
  /** Cancellations that the link had no room for. */
  #cancellations: number[] = [];
  #stopDrain: Unsubscribe | undefined;
  #flushing = false;
  readonly #pin: PinWhileBusy;

  constructor(link: CallLink, callee: Callee, context: RpcContext) {
    this.link = link;
    this.callee = callee;
    this.#context = context;
    this.#slots = new SlotTable(context.options.maxCallsPerLink);
    this.#queue = new CallQueue(context.options.maxWaitingPerCallee);
    this.#pin = new PinWhileBusy(context, link.peer, () => this.load > 0);
  }

  /** Calls that wait for an answer or for their turn. */
  get load(): number {
    return this.#slots.size + this.#queue.length;
  }

  /** Sends the call, or queues it. Throws LimitExceededError when the queue is full, and what encoding throws. */
  submit(call: PendingCall, now: number): void {
    if (this.#queue.length === 0 && this.#send(call, now)) return;
    if (call.body === undefined) {
      call.body = encodeValue(bodyOf(call.value));
      call.value = undefined;
    }
    if (!this.#queue.push(call)) {
      throw new LimitExceededError(
        `${this.#queue.length} calls wait for node ${this.link.peer.key} already; it or the way to it is too slow`,
      );
    }
    this.#awaitRoom();
  }

  /** The callee has answered for good: frees the number and returns its call. */
  answered(id: number): PendingCall | undefined {
    const call = this.#slots.release(id);
    if (call === undefined) return undefined;
    this.callee.breaker.succeeded();
    if (this.#queue.length > 0) this.#flush();
    return call;
  }

  /** The call that the number stands for. */
  get(id: number): PendingCall | undefined {
    return this.#slots.get(id);
  }

  /** Tells the callee that nobody waits any more. */
  cancel(id: number): void {
    if (this.#sendCancel(id)) return;
    this.#cancellations.push(id);
    this.#awaitRoom();
  }

  /** Lets go of everything, when the link is gone. */
  abandon(): AbandonedCalls {
    this.#stopDrain?.();
    this.#stopDrain = undefined;
    this.#pin.release();
    return { sent: this.#slots.values(), waiting: this.#queue.drain() };
  }

  #send(call: PendingCall, now: number): boolean {
    const id = this.#slots.acquire(call);
    if (id === 0) return false;
    call.calls = this;
    call.id = id;
    let sent = false;
    try {
      sent = this.#transmit(call, id, now);
    } finally {
      if (!sent) {
        this.#slots.release(id);
        call.calls = undefined;
      }
    }
    if (sent) {
      call.value = undefined;
      this.#pin.touch();
    }
    return sent;
  }

  #transmit(call: PendingCall, id: number, now: number): boolean {
    const { writer, header, options } = this.#context;
    const { procedure } = call.route;
    // 0-RTT data may overtake: an early call names its procedure itself, and only idempotent ones go early.
    const early = this.link.state === 'early' && call.idempotent;
    const alias = early ? 0 : this.#aliasOf(procedure);
    if (alias === undefined) return false;
    const timeout = Math.min(Math.max(1, Math.ceil(call.deadline - now)), 0xffff_ffff);
    if (call.body !== undefined) writer.payload(call.body);
    else writer.value(bodyOf(call.value));
    const { traceparent } = call.options;
    const told = call.options.details;
    const details = told === undefined ? noDetails : encodeDetails(told);
    if (alias !== 0 && traceparent === undefined) {
      header.write(id, alias, timeout, call.flags, details);
      writer.frame(FrameKind.call, header.bytes, header.length);
    } else {
      const encoded = Call.encode({
        id,
        alias,
        timeoutMs: timeout,
        flags: call.flags,
        procedure: alias === 0 ? procedure : '',
        traceparent: traceparent ?? '',
        details,
      }).finish();
      writer.frame(FrameKind.call, encoded);
    }
    checkSize(writer, options.maxPayload);
    return this.link.send(writer, early);
  }

  /** The procedure's number on this link, told to the callee first; 0 when they are used up; undefined when the link has no room. */
  #aliasOf(procedure: string): number | undefined {
    const known = this.#aliases.get(procedure);
    if (known !== undefined) return known;
    if (this.#aliases.size >= maxAliases) return 0;
    const alias = this.#aliases.size + 1;
    const header = Procedure.encode({ alias, uri: procedure }).finish();
    if (!this.link.send(this.#context.writer.empty().frame(FrameKind.procedure, header))) {
      return undefined;
    }
    this.#aliases.set(procedure, alias);
    return alias;
  }

  #sendCancel(id: number): boolean {
    const { writer, header } = this.#context;
    header.write(id, 0, 0, 0);
    return this.link.send(writer.empty().frame(FrameKind.cancel, header.bytes, header.length));
  }

  #awaitRoom(): void {
    this.#stopDrain ??= this.link.onDrain('calls', () => this.#flush());
  }

  /** A link that answers within send() must not start a second run over the same queue. */
  #flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      this.#sendWaiting();
    } finally {
      this.#flushing = false;
    }
  }

  /** Cancellations first: they make room at the callee. */
  #sendWaiting(): void {
    while (this.#cancellations.length > 0) {
      if (!this.#sendCancel(this.#cancellations[0] as number)) return;
      this.#cancellations.shift();
    }
    const now = this.#context.clock.now();
    for (let call = this.#queue.peek(); call !== undefined; call = this.#queue.peek()) {
      try {
        if (!this.#send(call, now)) return;
      } catch (error) {
        call.owner.unsendable(call, error);
      }
      this.#queue.shift();
    }
  }
}

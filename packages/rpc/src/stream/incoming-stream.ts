import {
  AbortedError,
  type FrameView,
  type LinkStream,
  type NodeId,
  StreamResetError,
  type Timer,
} from '@macula/core';
import {
  bodyOf,
  CallStreamEnd,
  CallStreamEnd_Outcome,
  type CallStreamOpen,
  decodeMessage,
  decodePayload,
  FrameKind,
  headerOf,
  readBody,
  type ReceivedBody,
} from '@macula/wire';
import type { RequestContext } from '../call-context.ts';
import { CallError, CallTimeoutError, errorForCaller } from '../call-error.ts';
import { ErrorUri } from '../error-uri.ts';
import type { RpcContext } from '../rpc-context.ts';
import { ItemQueue } from './item-queue.ts';
import { ItemSender } from './item-sender.ts';
import { type ItemStream, type StreamHandler, StreamResetCode } from './item-stream.ts';

/** The callee's side of a stream, and the context that its handler gets. */
export class IncomingStream implements ItemStream, RequestContext {
  readonly procedure: string;
  readonly caller: NodeId | undefined;
  readonly deadline: number;
  readonly traceparent: string | undefined;
  readonly #stream: LinkStream;
  readonly #context: RpcContext;
  readonly #body: ReceivedBody;
  readonly #items: ItemQueue;
  readonly #sender: ItemSender;
  readonly #timer: Timer | undefined;
  readonly #abort = new AbortController();
  #over = false;

  constructor(
    stream: LinkStream,
    context: RpcContext,
    open: CallStreamOpen,
    body: ReceivedBody,
    caller: NodeId | undefined,
  ) {
    this.#stream = stream;
    this.#context = context;
    this.#body = body;
    this.procedure = open.procedure;
    this.caller = caller;
    this.traceparent = open.traceparent === '' ? undefined : open.traceparent;
    this.deadline = open.timeoutMs === 0 ? Infinity : context.clock.now() + open.timeoutMs;
    this.#items = new ItemQueue(stream);
    this.#sender = new ItemSender(stream, context);
    if (open.timeoutMs > 0) {
      this.#timer = context.clock.setTimer(
        () => this.cutShort(new CallTimeoutError('the stream reached its time limit')),
        open.timeoutMs,
      );
    }
    stream.onFrame((frame) => this.#received(frame));
    stream.onEnd(() => this.#items.finish());
    stream.onClose((error) => this.#closed(error));
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

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  remaining(): number {
    return Math.max(0, this.deadline - this.#context.clock.now());
  }

  send(value: unknown): Promise<void> {
    return this.#sender.send(value);
  }

  end(): void {
    if (this.#over) return;
    const over = new AbortedError('this side of the stream has been ended');
    this.#sender.finish(
      CallStreamEnd_Outcome.ITEMS,
      undefined,
      undefined,
      { keepOpen: true },
      over,
    );
  }

  cancel(reason?: unknown): void {
    if (this.#over) return;
    this.#conclude(new AbortedError('the handler canceled the stream', { cause: reason }));
    this.#stream.reset(StreamResetCode.canceled);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<unknown, undefined> {
    return this.#items;
  }

  /** Runs the handler to its end and sends what came of it. */
  async serve(handler: StreamHandler): Promise<void> {
    try {
      const result = await handler(this, this);
      if (!this.#over) this.#finish(CallStreamEnd_Outcome.RESULT, bodyOf(result), undefined);
    } catch (error) {
      if (!this.#over) this.refuse(error, false);
    }
  }

  /** Ends the stream with an error for the caller. */
  refuse(thrown: unknown, refused: boolean): void {
    const { uri, args, kwargs } = errorForCaller(thrown);
    try {
      this.#finish(CallStreamEnd_Outcome.ERROR, [args, kwargs], { uri, refused });
    } catch {
      // The error's own arguments cannot be sent; that it happened can.
      const body = [[`${uri}, with arguments that cannot be sent`]];
      this.#finish(CallStreamEnd_Outcome.ERROR, body, { uri, refused });
    }
  }

  /** Ends the stream under a handler that still runs. */
  cutShort(reason: CallError | CallTimeoutError): void {
    if (this.#over) return;
    this.refuse(reason, false);
    this.#abort.abort(reason);
  }

  #received(frame: FrameView): void {
    if (this.#over) return;
    try {
      if (frame.kind === FrameKind.callStreamItem) {
        const { payload } = readBody(decodePayload(frame));
        this.#items.push(payload, frame.payloadEnd - frame.headerEnd);
      } else if (frame.kind === FrameKind.callStreamEnd) {
        decodeMessage(CallStreamEnd, headerOf(frame), 'stream end');
        this.#items.finish();
      }
    } catch {
      this.#context.metrics.malformed.inc();
      const error = new CallError(ErrorUri.invalidArgument, ['an item does not decode']);
      this.#conclude(error);
      this.#stream.reset(StreamResetCode.protocolViolation);
    }
  }

  #finish(
    outcome: CallStreamEnd_Outcome,
    body: unknown,
    error: { uri: string; refused: boolean } | undefined,
  ): void {
    const over = new AbortedError('the stream is over');
    this.#sender.finish(outcome, body, error, { keepOpen: false }, over);
    this.#over = true;
    this.#timer?.cancel();
    this.#items.finish(over);
    // The caller may be sending still: let it, unread, until it has noticed.
    this.#stream.resume();
  }

  #closed(error: Error | undefined): void {
    if (error === undefined && this.#over) return;
    const why =
      error instanceof StreamResetError
        ? `the caller reset the stream (code ${error.resetCode})`
        : 'the link to the caller ended';
    this.#conclude(new AbortedError(why, { cause: error }));
  }

  #conclude(error: Error): void {
    this.#sender.fail(error);
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#items.finish(error);
    this.#abort.abort(error);
  }
}

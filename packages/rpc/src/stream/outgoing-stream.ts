import {
  AbortedError,
  type FrameView,
  type LinkStream,
  StreamResetError,
  type Timer,
} from '@macula/core';
import {
  CallStreamEnd,
  CallStreamEnd_Outcome,
  decodeMessage,
  decodePayload,
  FrameKind,
  headerOf,
  readBody,
} from '@macula/wire';
import { CalleeLostError, CallError, CallTimeoutError, errorFromCallee } from '../call-error.ts';
import { ErrorUri } from '../error-uri.ts';
import type { RpcContext } from '../rpc-context.ts';
import { ItemQueue } from './item-queue.ts';
import { ItemSender } from './item-sender.ts';
import { type CallStream, StreamResetCode } from './item-stream.ts';

/** What a stream is opened with. */
export interface OutgoingStreamOptions {
  readonly procedure: string;
  /** Milliseconds that are left, or Infinity. */
  readonly remaining: number;
  readonly signal: AbortSignal | undefined;
  /** Told once, perhaps while the stream is being made: whether the callee was heard of before it was over. */
  readonly onOver: (stream: OutgoingStream, answered: boolean, error: Error | undefined) => void;
}

/** The caller's side of a stream. */
export class OutgoingStream implements CallStream {
  readonly result: Promise<unknown>;
  readonly #stream: LinkStream;
  readonly #options: OutgoingStreamOptions;
  readonly #items: ItemQueue;
  readonly #sender: ItemSender;
  readonly #timer: Timer | undefined;
  #settle: { resolve(value: unknown): void; reject(error: Error): void } | undefined;
  #answered = false;
  #over = false;

  constructor(stream: LinkStream, context: RpcContext, options: OutgoingStreamOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#items = new ItemQueue(stream);
    this.#sender = new ItemSender(stream, context);
    this.result = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Whoever only iterates gets the error there.
    this.result.catch(() => undefined);
    const { remaining, signal, procedure } = options;
    if (remaining !== Infinity) {
      this.#timer = context.clock.setTimer(() => {
        const error = new CallTimeoutError(`the stream of ${procedure} reached its time limit`);
        this.#abandon(error, StreamResetCode.timedOut);
      }, remaining);
    }
    signal?.addEventListener('abort', this);
    stream.onFrame((frame) => this.#received(frame));
    stream.onEnd(() => this.#closed(undefined));
    stream.onClose((error) => this.#closed(error));
  }

  get isOver(): boolean {
    return this.#over;
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
      { keepOpen: false },
      over,
    );
  }

  cancel(reason?: unknown): void {
    const error = new AbortedError(`the stream of ${this.#options.procedure} was canceled`, {
      cause: reason,
    });
    this.#abandon(error, StreamResetCode.canceled);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<unknown, undefined> {
    return this.#items;
  }

  /** The AbortSignal's listener. */
  handleEvent(): void {
    this.cancel(this.#options.signal?.reason);
  }

  #received(frame: FrameView): void {
    this.#answered = true;
    if (this.#over) return;
    try {
      if (frame.kind === FrameKind.callStreamItem) {
        const { payload } = readBody(decodePayload(frame));
        this.#items.push(payload, frame.payloadEnd - frame.headerEnd);
      } else if (frame.kind === FrameKind.callStreamEnd) this.#ended(frame);
    } catch (cause) {
      const error = new CallError(
        ErrorUri.protocolViolation,
        ['the callee sent an item that does not decode'],
        undefined,
        { cause },
      );
      this.#abandon(error, StreamResetCode.protocolViolation);
    }
  }

  #ended(frame: FrameView): void {
    const { outcome, uri } = decodeMessage(CallStreamEnd, headerOf(frame), 'stream end');
    const { args, kwargs, payload } = readBody(decodePayload(frame));
    if (outcome === CallStreamEnd_Outcome.ITEMS) this.#items.finish();
    else if (outcome === CallStreamEnd_Outcome.RESULT) this.#conclude(undefined, payload);
    else this.#conclude(errorFromCallee(uri, args, kwargs), undefined);
  }

  /** The stream or its link ended: in order only behind the result. */
  #closed(cause: Error | undefined): void {
    const { procedure } = this.#options;
    const error =
      cause instanceof StreamResetError
        ? new CallError(
            ErrorUri.canceled,
            [`the callee of ${procedure} reset the stream`],
            {},
            { cause },
          )
        : new CalleeLostError(`the stream of ${procedure} ended without a result`, { cause });
    this.#conclude(error, undefined);
  }

  #abandon(error: Error, code: number): void {
    this.#conclude(error, undefined, code);
  }

  #conclude(error: Error | undefined, result: unknown, resetCode?: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#options.signal?.removeEventListener('abort', this);
    this.#items.finish(error);
    this.#sender.fail(error ?? new AbortedError('the handler has returned: the stream is over'));
    if (error === undefined) this.#settle?.resolve(result);
    else this.#settle?.reject(error);
    if (resetCode === undefined) {
      // What was received stays readable; what still comes is let through, so that the stream can close.
      this.#stream.resume();
      this.#stream.end();
    } else this.#stream.reset(resetCode);
    this.#options.onOver(this, this.#answered, error);
  }
}

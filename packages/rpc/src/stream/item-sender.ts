import {
  type EncodedFrame,
  LimitExceededError,
  type LinkStream,
  type Unsubscribe,
} from '@macula/core';
import { bodyOf, CallStreamEnd, type CallStreamEnd_Outcome, FrameKind } from '@macula/wire';
import { checkSize } from '../call-limits.ts';
import { copyFrame } from '../frame-copy.ts';
import type { RpcContext } from '../rpc-context.ts';

/** Items that may wait for room. */
const maxWaiting = 64;
const noHeader = new Uint8Array(0);
const done = Promise.resolve();

interface WaitingFrame extends EncodedFrame {
  readonly sent: () => void;
  readonly failed: (error: Error) => void;
}

/** The outgoing half of a stream: sends at once while there is room, then keeps a bounded number of items and says when they have left. */
export class ItemSender {
  readonly #stream: LinkStream;
  readonly #context: RpcContext;
  #waiting: WaitingFrame[] = [];
  #stopDrain: Unsubscribe | undefined;
  /** End this direction once nothing waits. */
  #ending = false;
  /** Why nothing can be sent any more. */
  #over: Error | undefined;

  constructor(stream: LinkStream, context: RpcContext) {
    this.#stream = stream;
    this.#context = context;
  }

  send(value: unknown): Promise<void> {
    if (this.#over !== undefined) return rejected(this.#over);
    try {
      const { writer, options } = this.#context;
      writer.value(bodyOf(value)).frame(FrameKind.callStreamItem, noHeader);
      checkSize(writer, options.maxPayload);
      if (this.#waiting.length >= maxWaiting) {
        throw new LimitExceededError(`${maxWaiting} items wait to be sent: await send()`);
      }
      return this.#post(writer);
    } catch (error) {
      return rejected(error);
    }
  }

  /** Says how this side ends, behind all items. `body` is the result or the error's arguments. Throws InvalidPayloadError, PayloadTooLargeError. */
  finish(
    outcome: CallStreamEnd_Outcome,
    body: unknown,
    error: { uri: string; refused: boolean } | undefined,
    options: { keepOpen: boolean },
    over: Error,
  ): void {
    if (this.#ending) return;
    const { writer } = this.#context;
    const header = CallStreamEnd.encode({
      outcome,
      uri: error?.uri ?? '',
      refused: error?.refused ?? false,
    }).finish();
    if (body === undefined) writer.empty();
    else writer.value(body);
    writer.frame(FrameKind.callStreamEnd, header);
    checkSize(writer, this.#context.options.maxPayload);
    this.#over = over;
    void this.#post(writer).catch(() => undefined);
    if (options.keepOpen) return;
    this.#ending = true;
    if (this.#waiting.length === 0) this.#stream.end();
  }

  /** Nothing can be sent any more. */
  fail(error: Error): void {
    this.#over = error;
    this.#ending = true;
    this.#stopDrain?.();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const frame of waiting) frame.failed(error);
  }

  #post(frame: EncodedFrame): Promise<void> {
    if (this.#waiting.length === 0 && this.#stream.send(frame)) return done;
    const bytes = copyFrame(frame);
    const { kind } = frame;
    this.#stopDrain ??= this.#stream.onDrain(() => this.#flush());
    const promise = new Promise<void>((sent, failed) => {
      this.#waiting.push({ kind, bytes, start: 0, end: bytes.length, sent, failed });
    });
    promise.catch(() => undefined);
    return promise;
  }

  #flush(): void {
    let count = 0;
    for (const frame of this.#waiting) {
      if (!this.#stream.send(frame)) break;
      frame.sent();
      count++;
    }
    this.#waiting.splice(0, count);
    if (this.#ending && this.#waiting.length === 0) this.#stream.end();
  }
}

/** Whoever does not await a send does not miss its failure: the stream's end tells. */
function rejected(error: unknown): Promise<void> {
  const promise: Promise<never> = Promise.reject(error as Error);
  promise.catch(() => undefined);
  return promise;
}

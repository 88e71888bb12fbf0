import { LimitExceededError, LinkCloseCode } from '@macula/core';
import { bodyOf, CallFailure, FrameKind } from '@macula/wire';
import { CallError, errorForCaller } from '../call-error.ts';
import { checkSize } from '../call-limits.ts';
import type { CallLink } from '../call-link.ts';
import { ErrorUri } from '../error-uri.ts';
import type { RpcContext } from '../rpc-context.ts';
import type { Invocation } from './invocation.ts';
import { Outbox } from './outbox.ts';

/** What one caller is answered over one link: encoded, and kept, in order and up to a limit, while the link has no room. */
export class Answers {
  readonly #link: CallLink;
  readonly #context: RpcContext;
  readonly #outbox: Outbox;

  constructor(link: CallLink, context: RpcContext) {
    this.#link = link;
    this.#context = context;
    this.#outbox = new Outbox(link);
  }

  /** How many wait for the link. */
  get waiting(): number {
    return this.#outbox.length;
  }

  /** Answers a call for good. False when the value cannot be sent: then the caller is told that. */
  result(id: number, value: unknown): boolean {
    const { writer, header, options } = this.#context;
    try {
      writer.value(bodyOf(value));
      header.write(id, 0, 0, 0);
      writer.frame(FrameKind.result, header.bytes, header.length);
      checkSize(writer, options.maxPayload);
    } catch (error) {
      this.failure(id, error, false);
      return false;
    }
    if (this.#outbox.sendNow(writer)) return true;
    if (this.#outbox.hasRoomFor(writer)) this.#outbox.enqueue(writer);
    else this.failure(id, tooSlow(), false);
    return true;
  }

  /** Undefined when it has left at once. Throws LimitExceededError, PayloadTooLargeError, InvalidPayloadError. */
  progress(invocation: Invocation, value: unknown, maxWaiting: number): Promise<void> | undefined {
    const { writer, header, options } = this.#context;
    writer.value(bodyOf(value));
    header.write(invocation.id, 1, 0, 0);
    writer.frame(FrameKind.result, header.bytes, header.length);
    checkSize(writer, options.maxPayload);
    if (this.#outbox.sendNow(writer)) return undefined;
    if (invocation.waitingProgress >= maxWaiting || !this.#outbox.hasRoomFor(writer)) {
      throw new LimitExceededError(
        `${invocation.waitingProgress} progressive results wait for the link: await progress()`,
      );
    }
    invocation.waitingProgress++;
    const sent = this.#outbox.enqueueProgress(writer, invocation).finally(() => {
      invocation.waitingProgress--;
    });
    sent.catch(() => undefined);
    return sent;
  }

  /** Answers a call for good. `refused`: its handler has not run. */
  failure(id: number, error: unknown, refused: boolean): void {
    const { writer, options } = this.#context;
    const { uri, args, kwargs } = errorForCaller(error);
    const header = CallFailure.encode({ id, uri, refused }).finish();
    try {
      writer.value([args, kwargs]).frame(FrameKind.callError, header);
      checkSize(writer, options.maxPayload);
    } catch {
      // The error's own arguments cannot be sent; that it happened can.
      writer.value([[`${uri}, with arguments that cannot be sent`]]);
      writer.frame(FrameKind.callError, header);
    }
    if (this.#outbox.sendNow(writer)) return;
    if (this.waiting < 2 * options.maxInvocationsPerLink) this.#outbox.enqueue(writer);
    else void this.#link.close(LinkCloseCode.overloaded, 'calls without reading the answers');
  }

  /** Nothing is sent any more: progress that waits fails with `reason`. */
  close(reason: Error): void {
    this.#outbox.close(reason);
  }
}

function tooSlow(): CallError {
  return new CallError(ErrorUri.overloaded, [
    'the link is too slow for the results it is to carry',
  ]);
}

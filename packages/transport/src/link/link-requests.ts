import {
  type EncodedFrame,
  type FrameView,
  MaculaError,
  LinkClosedError,
  LimitExceededError,
  type RequestOptions,
} from '@macula/core';
import { copyPayload, FrameKind, headerOf, Request, Response } from '@macula/wire';
import type { LinkContext } from './link-context.ts';
import { PendingRequests } from './pending-requests.ts';

export interface LinkRequestsOwner {
  /** Sends on the control stream, or ahead of the handshake; false when it was not taken. */
  sendControl(frame: EncodedFrame, idempotent: boolean): boolean;
  /** Answers a request of the peer. */
  answer(kind: number, body: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

const maxErrorMessage = 1_024;

/** Requests and responses of one link, in both directions. */
export class LinkRequests {
  private readonly context: LinkContext;
  private readonly owner: LinkRequestsOwner;
  private readonly pending: PendingRequests;
  private answering = 0;
  private stopped = false;

  constructor(context: LinkContext, owner: LinkRequestsOwner) {
    this.context = context;
    this.owner = owner;
    this.pending = new PendingRequests(context.timers, context.limits.maxRequests);
  }

  /** Requests of this side that wait, and of the peer that are being answered. */
  get size(): number {
    return this.pending.size + this.answering;
  }

  request(kind: number, body: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    return this.pending.open(kind, options, (id) => {
      const header = Request.encode({ id, kind }).finish();
      const frame = this.context.writer.payload(body).frame(FrameKind.request, header);
      if (this.owner.sendControl(frame, options.idempotent ?? false)) return;
      this.pending.fail(
        id,
        new LimitExceededError('the control queue of this link is full, or the link is not open'),
      );
    });
  }

  receiveRequest(frame: FrameView): void {
    const { id, kind } = Request.decode(headerOf(frame));
    if (this.answering >= this.context.limits.maxRequests) {
      this.respond(id, 'macula.limit_exceeded', 'too many requests at once on this link');
      return;
    }
    const body = copyPayload(frame);
    this.answering++;
    let answer: Uint8Array | Promise<Uint8Array>;
    try {
      answer = this.owner.answer(kind, body);
    } catch (error) {
      this.finish(id, error);
      return;
    }
    if (answer instanceof Promise) {
      answer.then(
        (response) => {
          this.finish(id, undefined, response);
        },
        (error: unknown) => {
          this.finish(id, error);
        },
      );
    } else {
      this.finish(id, undefined, answer);
    }
  }

  receiveResponse(frame: FrameView): void {
    const { id, errorCode, errorMessage } = Response.decode(headerOf(frame));
    this.pending.answer(id, errorCode, errorMessage, () => copyPayload(frame));
  }

  /** The link is over. */
  stop(message: string): void {
    this.stopped = true;
    this.pending.failAll(new LinkClosedError(message));
  }

  private finish(id: bigint, error: unknown, response?: Uint8Array): void {
    this.answering--;
    if (response !== undefined) {
      this.respond(id, '', '', response);
      return;
    }
    const code = error instanceof MaculaError ? error.code : 'macula.internal';
    const message = error instanceof MaculaError ? error.message : 'the request failed';
    this.context.logger.debug({ error, code }, 'a request was answered with an error');
    this.respond(id, code, message);
  }

  private respond(
    id: bigint,
    errorCode: string,
    errorMessage: string,
    body: Uint8Array = nothing,
  ): void {
    if (this.stopped) return;
    const header = Response.encode({
      id,
      errorCode,
      errorMessage: errorMessage.slice(0, maxErrorMessage),
    }).finish();
    // A peer that does not read its responses loses them: its request times out.
    this.owner.sendControl(
      this.context.writer.payload(body).frame(FrameKind.response, header),
      false,
    );
  }
}

const nothing = new Uint8Array();

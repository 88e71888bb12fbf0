import {
  type Clock,
  type EncodedFrame,
  type FrameView,
  LimitExceededError,
  MaculaError,
  RequestFailedError,
  type RequestOptions,
} from '@macula/core';
import { copyPayload, FrameKind } from '@macula/wire';
import type { Medium } from './medium.ts';
import { nameOf, PendingRequest, requestAborted } from './pending-request.ts';

/** Reason that a request of a kind without handler fails with. */
const unknownRequest = 'macula.request.unknown_kind';
/** Reason that a request fails with when its handler threw something else than a MaculaError. */
const internalFailure = 'macula.internal';

/** The end of a link that requests and responses leave from. */
export interface RequestSender {
  readonly medium: Pick<Medium, 'limits' | 'writer'>;
  readonly owner: { readonly clock: Clock };
  /** Sends a frame of a request or response; false when that is impossible. `force` ignores the queue's limit. */
  sendControl(frame: EncodedFrame, force: boolean): boolean;
}

/** The requests of one end of a link that wait for their responses. */
export class RequestTable {
  private readonly sender: RequestSender;
  /** Made for the first, and given up after the last: most links have none most of the time. */
  private pending: Map<number, PendingRequest> | undefined;
  private nextId = 0;

  constructor(sender: RequestSender) {
    this.sender = sender;
  }

  get size(): number {
    return this.pending?.size ?? 0;
  }

  request(kind: number, body: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    if (options.signal?.aborted) return Promise.reject(requestAborted(kind, options.signal));
    const { medium, owner } = this.sender;
    if (this.size >= medium.limits.requests) {
      const message = `${medium.limits.requests} requests wait for their responses already`;
      return Promise.reject(new LimitExceededError(message));
    }
    const id = this.nextId++;
    const frame = medium.writer.payload(body).frame(FrameKind.request, header(id, kind));
    if (!this.sender.sendControl(frame, false)) {
      const message = `the control queue has no room for the ${nameOf(kind)}`;
      return Promise.reject(new LimitExceededError(message));
    }
    const request = new PendingRequest(owner.clock, kind, options, () => {
      this.forget(id);
    });
    this.pending ??= new Map();
    this.pending.set(id, request);
    return request.response;
  }

  /** Takes a response; one that nobody waits for any more is ignored. */
  settle(frame: FrameView): void {
    const { id, detail: failed } = readHeader(frame);
    const request = this.pending?.get(id);
    if (request === undefined) return;
    const body = copyPayload(frame);
    if (failed === 0) {
      request.resolve(body);
    } else {
      const [reason = internalFailure, message = ''] = JSON.parse(
        Buffer.from(body).toString('utf8'),
      ) as string[];
      request.reject(new RequestFailedError(reason, message));
    }
  }

  /** Answers the request in `frame` with what `answer` gives or throws for its kind. */
  serve(
    frame: FrameView,
    answer: (kind: number, body: Uint8Array) => Uint8Array | Promise<Uint8Array> | undefined,
  ): void {
    const { id, detail: kind } = readHeader(frame);
    let response;
    try {
      response = answer(kind, copyPayload(frame));
    } catch (error) {
      this.failWith(id, error);
      return;
    }
    if (response === undefined) {
      this.fail(id, unknownRequest, `nobody handles requests of kind 0x${kind.toString(16)}`);
    } else if ('then' in response) {
      response.then(
        (body) => {
          this.respond(id, body, 0);
        },
        (error: unknown) => {
          this.failWith(id, error);
        },
      );
    } else {
      this.respond(id, response, 0);
    }
  }

  /** Rejects all that wait. */
  failAll(error: () => Error): void {
    for (const request of [...(this.pending?.values() ?? [])]) request.reject(error());
  }

  private forget(id: number): void {
    this.pending?.delete(id);
    if (this.pending?.size === 0) this.pending = undefined;
  }

  private failWith(id: number, error: unknown): void {
    const reason = error instanceof MaculaError ? error.code : internalFailure;
    this.fail(id, reason, error instanceof Error ? error.message : String(error));
  }

  private fail(id: number, reason: string, message: string): void {
    this.respond(id, Buffer.from(JSON.stringify([reason, message]), 'utf8'), 1);
  }

  private respond(id: number, body: Uint8Array, failed: number): void {
    const response = this.sender.medium.writer.payload(body);
    this.sender.sendControl(response.frame(FrameKind.response, header(id, failed)), true);
  }
}

/** A request's header: its number and kind. A response's: the number, and 1 when it failed. */
function header(id: number, detail: number): Uint8Array {
  const bytes = new Uint8Array(8);
  writeUint32(bytes, 0, id);
  writeUint32(bytes, 4, detail);
  return bytes;
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4; i++) bytes[at + i] = value >>> (24 - 8 * i);
}

function readHeader(frame: FrameView): { id: number; detail: number } {
  const { bytes, headerStart: at } = frame;
  return { id: readUint32(bytes, at), detail: readUint32(bytes, at + 4) };
}

function readUint32(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = 0; i < 4; i++) value = value * 256 + (bytes[at + i] as number);
  return value;
}

import {
  AbortedError,
  type Clock,
  type EncodedFrame,
  type FrameView,
  LimitExceededError,
  MaculaError,
  RequestFailedError,
  type RequestOptions,
  TimeoutError,
  type Timer,
} from '@macula/core';
import { copyPayload, FrameKind, type FrameWriter, headerOf } from '@macula/wire';

/** Reason that a request of a kind without handler fails with. */
const unknownRequest = 'macula.request.unknown_kind';
/** Reason that a request fails with when its handler threw something else than a MaculaError. */
const internalFailure = 'macula.internal';

const defaultTimeoutMs = 5_000;

interface PendingRequest {
  resolve(response: Uint8Array): void;
  reject(error: Error): void;
}

/** A request's header: its number and kind. A response's: the number, and 1 when it failed. */
type Header = readonly [id: number, detail: number];

/** The requests of one end of a link that wait for their responses. */
export class RequestTable {
  private readonly clock: Clock;
  private readonly limit: number;
  private readonly send: (frame: EncodedFrame, force: boolean) => boolean;
  private readonly pending = new Map<number, PendingRequest>();
  private readonly writer: FrameWriter;
  private nextId = 0;

  constructor(
    clock: Clock,
    writer: FrameWriter,
    limit: number,
    send: (frame: EncodedFrame, force: boolean) => boolean,
  ) {
    this.clock = clock;
    this.writer = writer;
    this.limit = limit;
    this.send = send;
  }

  async request(kind: number, body: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    const { timeout = defaultTimeoutMs, signal } = options;
    const what = `request of kind 0x${kind.toString(16)}`;
    const abortion = (): AbortedError =>
      new AbortedError(`${what} was aborted`, { cause: signal?.reason });
    if (signal?.aborted) throw abortion();
    if (this.pending.size >= this.limit) {
      throw new LimitExceededError(`${this.limit} requests wait for their responses already`);
    }
    const id = this.nextId++;
    if (!this.send(this.writer.payload(body).frame(FrameKind.request, header([id, kind])), false)) {
      throw new LimitExceededError(`the control queue has no room for the ${what}`);
    }
    let timer: Timer | undefined;
    let onAbort: (() => void) | undefined;
    try {
      return await new Promise<Uint8Array>((resolve, reject) => {
        this.pending.set(id, { resolve, reject });
        timer = this.clock.setTimer(() => {
          reject(new TimeoutError(`${what} got no response within ${timeout} ms`));
        }, timeout);
        onAbort = () => {
          reject(abortion());
        };
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    } finally {
      timer?.cancel();
      if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
      this.pending.delete(id);
    }
  }

  /** Takes a response; one that nobody waits for any more is ignored. */
  settle(frame: FrameView): void {
    const [id, failed] = readHeader(frame);
    const request = this.pending.get(id);
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

  /** Answers the request in `frame` with what `answer` gives for its kind. */
  serve(
    frame: FrameView,
    answer: (kind: number, body: Uint8Array) => Promise<Uint8Array> | undefined,
  ): void {
    const [id, kind] = readHeader(frame);
    const response = answer(kind, copyPayload(frame));
    if (response === undefined) {
      this.fail(id, unknownRequest, `nobody handles requests of kind 0x${kind.toString(16)}`);
      return;
    }
    response.then(
      (body) => {
        this.send(this.writer.payload(body).frame(FrameKind.response, header([id, 0])), true);
      },
      (error: unknown) => {
        const reason = error instanceof MaculaError ? error.code : internalFailure;
        this.fail(id, reason, error instanceof Error ? error.message : String(error));
      },
    );
  }

  /** Rejects all that wait. */
  failAll(error: () => Error): void {
    for (const request of [...this.pending.values()]) request.reject(error());
  }

  private fail(id: number, reason: string, message: string): void {
    const body = Buffer.from(JSON.stringify([reason, message]), 'utf8');
    this.send(this.writer.payload(body).frame(FrameKind.response, header([id, 1])), true);
  }
}

function header([id, detail]: Header): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, id);
  view.setUint32(4, detail);
  return bytes;
}

function readHeader(frame: FrameView): Header {
  const bytes = headerOf(frame);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return [view.getUint32(0), view.getUint32(4)];
}

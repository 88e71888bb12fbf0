import type { FrameView } from '@macula/core';
import {
  CallFailure,
  CallResult,
  decodeMessage,
  decodePayload,
  headerOf,
  readBody,
} from '@macula/wire';
import { CallError, errorFromCallee } from '../call-error.ts';
import { ErrorUri } from '../error-uri.ts';
import type { RpcContext } from '../rpc-context.ts';

/** The header of a result. */
export interface ResultHeader {
  id: number;
  progress: boolean;
}

/** Reads what callees answer. */
export class AnswerReader {
  readonly #context: RpcContext;
  /** One object for all results: its fields are read at once. */
  readonly #result: ResultHeader = { id: 0, progress: false };

  constructor(context: RpcContext) {
    this.#context = context;
  }

  /** Valid until the next result is read. Throws what the decoder throws: then the link is at fault. */
  result(frame: FrameView): ResultHeader {
    const { header } = this.#context;
    if (header.read(frame)) {
      this.#result.id = header.fields[1] as number;
      this.#result.progress = header.fields[2] !== 0;
    } else {
      const { id, progress } = decodeMessage(CallResult, headerOf(frame), 'result');
      this.#result.id = id;
      this.#result.progress = progress;
    }
    return this.#result;
  }

  /** Throws CallError when the body does not decode: that is the fault of one callee's handler, not of the link. */
  payload(frame: FrameView): unknown {
    try {
      return readBody(decodePayload(frame)).payload;
    } catch (cause) {
      this.#context.metrics.malformed.inc();
      throw new CallError(
        ErrorUri.protocolViolation,
        ['the callee sent a result that does not decode'],
        undefined,
        { cause },
      );
    }
  }

  failure(frame: FrameView): { id: number; error: Error; refused: boolean } {
    const { id, uri, refused } = decodeMessage(CallFailure, headerOf(frame), 'call error');
    try {
      const { args, kwargs } = readBody(decodePayload(frame));
      return { id, error: errorFromCallee(uri, args, kwargs), refused };
    } catch {
      this.#context.metrics.malformed.inc();
      return { id, error: errorFromCallee(uri, [], {}), refused };
    }
  }
}

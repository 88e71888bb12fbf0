import type { LinkStream, Unsubscribe } from '@macula/core';
import {
  CallStreamOpen,
  decodeMessage,
  decodeValue,
  readBody,
  type ReceivedBody,
} from '@macula/wire';
import { CallError } from '../call-error.ts';
import { type CallLink, PerLink } from '../call-link.ts';
import { CallFlag } from '../call-options.ts';
import { namedByPeer } from '../callee/procedure-names.ts';
import type { Procedures } from '../callee/procedures.ts';
import { ErrorUri } from '../error-uri.ts';
import type { RpcContext } from '../rpc-context.ts';
import { IncomingStream } from './incoming-stream.ts';
import type { StreamHandler } from './item-stream.ts';

/** Serves streams, from whichever link they come. */
export class StreamResponder {
  readonly #context: RpcContext;
  readonly #procedures: Procedures<StreamHandler>;
  /** The streams that each caller has open, with what unpins its link. */
  readonly #perLink = new PerLink<Map<IncomingStream, Unsubscribe>>(() => new Map(), letGo);

  constructor(context: RpcContext, procedures: Procedures<StreamHandler>) {
    this.#context = context;
    this.#procedures = procedures;
  }

  /** Throws ProtocolError, which closes the link. */
  onStream(link: CallLink, stream: LinkStream): void {
    const open = decodeMessage(CallStreamOpen, stream.header, 'stream opening');
    namedByPeer(open.procedure);
    const streams = this.#perLink.getOrCreate(link);
    const registration = this.#procedures.find(open.procedure);
    const disclosed = (open.flags & CallFlag.disclosed) !== 0;
    const caller = disclosed || registration?.discloseCaller === true ? link.peer : undefined;
    const body = this.#bodyOf(open);
    const incoming = new IncomingStream(stream, this.#context, open, body ?? noBody, caller);
    // A refused stream counts as well until the caller lets go of it.
    streams.set(incoming, () => undefined);
    stream.onClose(() => {
      streams.get(incoming)?.();
      streams.delete(incoming);
    });

    if (registration === undefined) {
      const message = `this node has not registered ${open.procedure} for streams`;
      incoming.refuse(new CallError(ErrorUri.noSuchProcedure, [message]), true);
    } else if (registration.isFull || streams.size > this.#context.options.maxStreamsPerLink) {
      const message = `${open.procedure} has no room for another stream here`;
      incoming.refuse(new CallError(ErrorUri.overloaded, [message]), true);
    } else if (body === undefined) {
      this.#context.metrics.malformed.inc();
      const error = new CallError(ErrorUri.invalidArgument, ['the arguments do not decode']);
      incoming.refuse(error, true);
    } else {
      streams.set(incoming, this.#context.pin(link.peer));
      registration.running++;
      void incoming.serve(registration.handler).finally(() => {
        registration.running--;
      });
    }
  }

  stop(): void {
    const reason = new CallError(ErrorUri.canceled, ['the callee is stopping']);
    for (const streams of this.#perLink.values()) {
      for (const stream of [...streams.keys()]) stream.cutShort(reason);
      letGo(streams);
    }
    this.#perLink.clear();
  }

  #bodyOf(open: CallStreamOpen): ReceivedBody | undefined {
    try {
      return readBody(open.body.length === 0 ? undefined : decodeValue(open.body));
    } catch {
      return undefined;
    }
  }
}

function letGo(streams: Map<IncomingStream, Unsubscribe>): void {
  for (const unpin of streams.values()) unpin();
  streams.clear();
}

const noBody: ReceivedBody = { args: [], kwargs: {}, payload: undefined };

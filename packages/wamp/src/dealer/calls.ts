import type { Timer } from '@macula/core';
import { refuseAttributes, withAttributes } from '../attributes.ts';
import { argumentsOf, valueOf } from '../body-value.ts';
import { discloserOf } from '../broker/publication.ts';
import { WampUri } from '../error-uri.ts';
import { ProtocolViolation, WampError } from '../errors.ts';
import { failureOf } from '../failure.ts';
import type { WampMessage } from '../message/message.ts';
import type { RouterContext } from '../router-context.ts';
import type { ClientSession } from '../session/client-session.ts';
import { checkUri } from '../uri-rules.ts';
import { randomId } from '../wamp-id.ts';
import type { CancelMode } from './invocations.ts';

interface OpenCall {
  readonly session: ClientSession;
  readonly request: number;
  readonly traceparent: string;
  readonly abort: AbortController;
  /** Set while a callee is asked to end it. */
  killing: Timer | undefined;
}

/** Calls that clients of this router wait for. */
export class Calls {
  readonly #context: RouterContext;
  readonly #kill: (traceparent: string) => void;
  readonly #bySession = new Map<ClientSession, Map<number, OpenCall>>();

  /** `kill` asks the callee of a call to end it, wherever it is. */
  constructor(context: RouterContext, kill: (traceparent: string) => void) {
    this.#context = context;
    this.#kill = kill;
  }

  /** Makes a call. Throws ProtocolViolation where the request's number is in use, and WampError. */
  start(session: ClientSession, message: WampMessage<'call'>): void {
    const { request, options, procedure } = message;
    const { settings, mesh, metrics } = this.#context;
    const open = this.#bySession.get(session);
    if (open?.has(request) === true) {
      throw new ProtocolViolation(`call ${request} is open already`);
    }
    checkUri(procedure, settings.uriMode);
    refuseAttributes(message.kwargs);
    if (!settings.authorize(session, 'call', procedure)) {
      throw new WampError(WampUri.notAuthorized, [`${session.authid} may not call ${procedure}`]);
    }
    if (open !== undefined && open.size >= settings.maxCalls) {
      throw new WampError(WampUri.unavailable, [`this session has ${open.size} calls open`]);
    }
    const call = this.#open(session, request);
    metrics.calls.inc();
    mesh
      .call(procedure, argumentsFor(session, message), {
        timeout: timeoutOf(options['timeout']) ?? settings.callTimeoutMs,
        signal: call.abort.signal,
        traceparent: call.traceparent,
        ...(options['receive_progress'] === true && {
          onProgress: (value: unknown) => this.#progressed(call, value),
        }),
      })
      .then(
        (value) => this.#returned(call, value),
        (error: unknown) => this.#failed(call, error),
      );
  }

  /** CANCEL of a call that may have been answered meanwhile. */
  cancel(session: ClientSession, request: number, mode: CancelMode): void {
    const call = this.#bySession.get(session)?.get(request);
    if (call === undefined) return;
    if (mode === 'kill') {
      if (call.killing !== undefined) return;
      const { clock, settings } = this.#context;
      call.killing = clock.setTimer(() => call.abort.abort(), settings.killTimeoutMs);
      this.#kill(call.traceparent);
      return;
    }
    this.#close(call);
    if (mode === 'killnowait') call.abort.abort();
    this.#answer(call, failureOf(new WampError(WampUri.canceled)));
  }

  /** The caller has gone: nobody waits for its calls. */
  leave(session: ClientSession): void {
    const open = this.#bySession.get(session);
    if (open === undefined) return;
    for (const call of [...open.values()]) {
      this.#close(call);
      call.abort.abort();
    }
  }

  #open(session: ClientSession, request: number): OpenCall {
    const { mark, random } = this.#context;
    const traceparent = mark.of(randomId(random));
    const abort = new AbortController();
    const call: OpenCall = { session, request, traceparent, abort, killing: undefined };
    const open = this.#bySession.get(session);
    if (open === undefined) this.#bySession.set(session, new Map([[request, call]]));
    else open.set(request, call);
    return call;
  }

  /** False when it was closed already: then it has been answered. */
  #close({ session, request, killing }: OpenCall): boolean {
    killing?.cancel();
    const open = this.#bySession.get(session);
    const closed = open?.delete(request) === true;
    if (open?.size === 0) this.#bySession.delete(session);
    return closed;
  }

  #progressed({ session, request }: OpenCall, value: unknown): void {
    if (this.#bySession.get(session)?.has(request) !== true) return;
    session.send({ type: 'result', request, details: { progress: true }, ...argumentsOf(value) });
  }

  #returned(call: OpenCall, value: unknown): void {
    if (!this.#close(call)) return;
    const { session, request } = call;
    const sent = session.send({ type: 'result', request, details: {}, ...argumentsOf(value) });
    if (sent) return;
    const error = new WampError(WampUri.invalidArgument, ['the result cannot be written']);
    this.#answer(call, failureOf(error));
  }

  #failed(call: OpenCall, error: unknown): void {
    if (this.#close(call)) this.#answer(call, failureOf(error));
  }

  #answer({ session, request }: OpenCall, failure: ReturnType<typeof failureOf>): void {
    session.send({ ...failure, requestType: 'call', request });
  }
}

function argumentsFor(session: ClientSession, { options, args, kwargs }: WampMessage<'call'>) {
  const discloses = options['disclose_me'] === true;
  return valueOf({
    args,
    kwargs: discloses ? withAttributes(kwargs, { caller: discloserOf(session) }) : kwargs,
  });
}

/** WAMP's 0 and anything that is no number: the client sets no limit. */
function timeoutOf(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 && value < 2 ** 32 ? value : undefined;
}

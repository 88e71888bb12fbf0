import { TimerWheel } from '@macula/core';
import { checkAllowed } from '../authorization.ts';
import type { Arguments } from '../body-value.ts';
import { trimmed } from '../body-value.ts';
import { emptyDict } from '../dict.ts';
import { WampUri } from '../error-uri.ts';
import { ProtocolViolation, WampError } from '../errors.ts';
import { failureOf } from '../failure.ts';
import type { WampMessage } from '../message/message.ts';
import type { RouterContext } from '../router-context.ts';
import type { ClientSession } from '../session/client-session.ts';
import { checkUri } from '../uri-rules.ts';
import { randomId } from '../wamp-id.ts';
import type { CancelMode, Invocations } from './invocations.ts';
import { LocalCall } from './local-call.ts';
import type { CallListener, OutgoingCall } from './outgoing-call.ts';
import type { ProcedureRegistration } from './procedure-registration.ts';
import { RemoteCall } from './remote-call.ts';

export interface CallsDeps {
  readonly context: RouterContext;
  readonly invocations: Invocations;
  /** The registration here that answers calls of a procedure, where nobody else in the mesh can. */
  readonly localCalleeOf: (procedure: string) => ProcedureRegistration | undefined;
  /** Asks the callee of a call to end it, wherever it is. */
  readonly kill: (id: number) => void;
}

/** Calls that clients of this router wait for. */
export class Calls implements CallListener {
  readonly #deps: CallsDeps;
  readonly #context: RouterContext;
  readonly #bySession = new Map<ClientSession, Map<number, OutgoingCall>>();
  readonly #deadlines: TimerWheel;

  constructor(deps: CallsDeps) {
    this.#deps = deps;
    this.#context = deps.context;
    this.#deadlines = new TimerWheel(deps.context.clock);
  }

  /** Makes a call. Throws ProtocolViolation where the request's number is in use, and WampError. */
  start(session: ClientSession, message: WampMessage<'call'>): void {
    const { request, options, procedure } = message;
    const { settings, metrics } = this.#context;
    const open = this.#bySession.get(session);
    if (open?.has(request) === true) {
      throw new ProtocolViolation(`call ${request} is open already`);
    }
    checkUri(procedure, settings.uriMode);
    checkAllowed(this.#context, session, 'call', procedure);
    if (open !== undefined && open.size >= settings.maxCalls) {
      throw new WampError(WampUri.unavailable, [`this session has ${open.size} calls open`]);
    }
    metrics.calls.inc();
    const timeout = timeoutOf(options['timeout']) ?? settings.callTimeoutMs;
    const registration = this.#deps.localCalleeOf(procedure);
    if (registration === undefined) this.#callMesh(session, message, timeout);
    else this.#callHere(session, message, timeout, registration);
  }

  /** CANCEL of a call that may have been answered meanwhile. */
  cancel(session: ClientSession, request: number, mode: CancelMode): void {
    const call = this.#bySession.get(session)?.get(request);
    if (call === undefined) return;
    const canceled = new WampError(WampUri.canceled);
    if (mode === 'kill') {
      if (call.killing !== undefined) return;
      const { clock, settings } = this.#context;
      call.killing = clock.setTimer(() => {
        this.failed(call, canceled);
        call.abandon(WampUri.canceled);
      }, settings.killTimeoutMs);
      call.kill();
      return;
    }
    this.failed(call, canceled);
    call.abandon(mode === 'killnowait' ? WampUri.canceled : undefined);
  }

  /** The caller has gone: nobody waits for its calls. */
  leave(session: ClientSession): void {
    const open = this.#bySession.get(session);
    this.#bySession.delete(session);
    if (open === undefined) return;
    for (const call of open.values()) {
      call.close();
      call.abandon(WampUri.canceled);
    }
  }

  stop(): void {
    this.#deadlines.stop();
  }

  progressed(call: OutgoingCall, part: Arguments): void {
    const { session, request } = call;
    if (this.#bySession.get(session)?.get(request) !== call) return;
    session.send({ type: 'result', request, details: { progress: true }, ...trimmed(part) });
    if (call.deadline !== undefined) this.#limit(call);
  }

  returned(call: OutgoingCall, result: Arguments): void {
    if (!this.#close(call)) return;
    const { session, request } = call;
    if (session.send({ type: 'result', request, details: emptyDict, ...trimmed(result) })) return;
    const error = new WampError(WampUri.invalidArgument, ['the result cannot be written']);
    session.send({ ...failureOf(error), requestType: 'call', request });
  }

  failed(call: OutgoingCall, error: unknown): void {
    if (!this.#close(call)) return;
    const { session, request } = call;
    session.send({ ...failureOf(error), requestType: 'call', request });
  }

  #callMesh(session: ClientSession, message: WampMessage<'call'>, timeout: number): void {
    const { mesh, random, settings } = this.#context;
    const call = new RemoteCall(session, message, timeout, randomId(random), this.#deps.kill);
    this.#open(call);
    // The mesh limits the call as a whole: what counts from part to part is up to the router.
    if (call.wantsProgress) this.#limit(call);
    const limit = call.wantsProgress ? Math.max(timeout, settings.callTimeoutMs) : timeout;
    call.begin(mesh, message, limit, this);
  }

  #callHere(
    session: ClientSession,
    message: WampMessage<'call'>,
    timeout: number,
    registration: ProcedureRegistration,
  ): void {
    const call = new LocalCall(session, message, timeout, this.#deps.invocations, this);
    this.#limit(call);
    this.#open(call);
    try {
      call.begin(registration);
    } catch (error) {
      this.failed(call, error);
    }
  }

  /** Ends the call unless something comes in time (WAMP advanced profile, "Progressive Call Results", timeouts). */
  #limit(call: OutgoingCall): void {
    const { procedure, timeout } = call;
    call.deadline?.cancel();
    call.deadline = this.#deadlines.schedule(() => {
      const text = `${procedure} gave no result within ${timeout} ms`;
      this.failed(call, new WampError(WampUri.timeout, [text]));
      call.abandon(WampUri.timeout);
    }, timeout);
  }

  #open(call: OutgoingCall): void {
    const { session, request } = call;
    const open = this.#bySession.get(session);
    if (open === undefined) this.#bySession.set(session, new Map([[request, call]]));
    else open.set(request, call);
  }

  /** False when it was closed already: then it has been answered. */
  #close(call: OutgoingCall): boolean {
    const { session, request } = call;
    const open = this.#bySession.get(session);
    if (open?.get(request) !== call) return false;
    open.delete(request);
    if (open.size === 0) this.#bySession.delete(session);
    call.close();
    return true;
  }
}

/** WAMP's 0 and anything that is no number: the client sets no limit. */
function timeoutOf(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 && value < 2 ** 32 ? value : undefined;
}

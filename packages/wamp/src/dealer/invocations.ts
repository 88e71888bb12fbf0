import { trimmed } from '../body-value.ts';
import { discloserDetails } from '../broker/publication.ts';
import { type Dict, emptyDict } from '../dict.ts';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import type { WampMessage } from '../message/message.ts';
import type { RouterContext } from '../router-context.ts';
import type { ClientSession } from '../session/client-session.ts';
import type { IncomingCall } from './incoming-call.ts';
import type { ProcedureRegistration } from './procedure-registration.ts';

/** How a call is cancelled: without telling the callee, telling it and waiting, or telling it and not. */
export type CancelMode = 'skip' | 'kill' | 'killnowait';

/** A call that a callee is working on. */
export interface Invocation {
  readonly call: IncomingCall;
  readonly callee: ClientSession;
  readonly request: number;
}

/** Calls that clients of this router are working on. */
export class Invocations {
  readonly #context: RouterContext;
  readonly #byCallee = new Map<ClientSession, Map<number, Invocation>>();

  constructor(context: RouterContext) {
    this.#context = context;
  }

  /** Hands a call to one of the callees, which answers it later. Throws WampError. */
  begin(registration: ProcedureRegistration, call: IncomingCall): Invocation {
    const callee = registration.next(this.#context.random);
    if (callee === undefined) {
      throw new WampError(WampUri.noSuchProcedure, [`nobody offers ${call.procedure} any more`]);
    }
    const request = callee.nextRequest();
    const invocation = { call, callee, request };
    const open = this.#byCallee.get(callee);
    if (open === undefined) this.#byCallee.set(callee, new Map([[request, invocation]]));
    else open.set(request, invocation);
    const sent = callee.send({
      type: 'invocation',
      request,
      registration: registration.id,
      details: detailsOf(registration, call),
      ...trimmed(call),
    });
    this.#context.metrics.invocations.inc();
    if (sent) return invocation;
    this.#close(invocation);
    throw new WampError(WampUri.invalidArgument, ['the callee cannot read the arguments']);
  }

  /** Asks the callee to stop; the call goes on until it answers. Callees that cannot be asked are not waited for. */
  kill(invocation: Invocation): void {
    if (this.#interrupt(invocation, 'kill', WampUri.canceled)) return;
    if (this.#close(invocation)) invocation.call.failed(new WampError(WampUri.canceled));
  }

  /** Nobody waits any more: what the callee answers is let go. Where there is a reason it is asked to stop. */
  abandon(invocation: Invocation, reason: string | undefined): void {
    if (!this.#close(invocation) || reason === undefined) return;
    this.#interrupt(invocation, 'killnowait', reason);
  }

  /** A result, or a part of one, from a client. The call may be over: then it is nobody's. */
  onYield(callee: ClientSession, message: WampMessage<'yield'>): void {
    const invocation = this.#byCallee.get(callee)?.get(message.request);
    if (invocation === undefined) return;
    if (message.options['progress'] === true) {
      invocation.call.progressed(message)?.catch((error: unknown) => {
        this.#tooFast(invocation, error);
      });
    } else {
      this.#close(invocation);
      invocation.call.returned(message);
    }
  }

  onError(callee: ClientSession, message: WampMessage<'error'>): void {
    const invocation = this.#byCallee.get(callee)?.get(message.request);
    if (invocation === undefined) return;
    this.#close(invocation);
    invocation.call.failed(new WampError(message.error, message.args, message.kwargs));
  }

  /** The callee has vanished: its callers must not wait. */
  leave(callee: ClientSession): void {
    const open = this.#byCallee.get(callee);
    this.#byCallee.delete(callee);
    if (open === undefined) return;
    for (const { call } of open.values()) {
      call.failed(new WampError(WampUri.canceled, ['the callee is gone']));
    }
  }

  #tooFast(invocation: Invocation, cause: unknown): void {
    if (!this.#close(invocation)) return;
    this.#interrupt(invocation, 'killnowait', WampUri.canceled);
    const message = 'progressive results came too fast';
    invocation.call.failed(new WampError(WampUri.canceled, [message], emptyDict, { cause }));
  }

  /** False when the callee has not said that it can be interrupted. */
  #interrupt({ callee, request }: Invocation, mode: CancelMode, reason: string): boolean {
    if (!callee.supports('callee', 'call_canceling')) return false;
    callee.send({ type: 'interrupt', request, options: { mode, reason } });
    return true;
  }

  /** False when it was closed already. */
  #close({ callee, request }: Invocation): boolean {
    const open = this.#byCallee.get(callee);
    const closed = open?.delete(request) === true;
    if (open?.size === 0) this.#byCallee.delete(callee);
    return closed;
  }
}

function detailsOf(
  { pattern }: ProcedureRegistration,
  { procedure, wantsProgress, caller }: IncomingCall,
): Dict {
  if (pattern.match === 'exact' && !wantsProgress && caller === undefined) return emptyDict;
  return {
    ...(pattern.match !== 'exact' && { procedure }),
    ...(wantsProgress && { receive_progress: true }),
    ...discloserDetails(caller, 'caller'),
  };
}

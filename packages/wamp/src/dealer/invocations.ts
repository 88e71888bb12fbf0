import { splitAttributes } from '../attributes.ts';
import { trimmed, valueOf } from '../body-value.ts';
import { type Dict, emptyDict, isDict } from '../dict.ts';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import type { MeshCall } from '../mesh-port.ts';
import type { WampMessage } from '../message/message.ts';
import type { RouterContext } from '../router-context.ts';
import type { ClientSession } from '../session/client-session.ts';
import type { ProcedureRegistration } from './procedure-registration.ts';

/** How a call is cancelled: without telling the callee, telling it and waiting, or telling it and not. */
export type CancelMode = 'skip' | 'kill' | 'killnowait';

interface Running {
  readonly call: MeshCall;
  readonly callee: ClientSession;
  readonly request: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onAbort: () => void;
}

/** Calls that clients of this router are working on. */
export class Invocations {
  readonly #context: RouterContext;
  readonly #byCallee = new Map<ClientSession, Map<number, Running>>();
  readonly #byTrace = new Map<string, Running>();

  constructor(context: RouterContext) {
    this.#context = context;
  }

  /** Hands a call to one of the callees; settles with its answer, as the mesh takes it. */
  run(registration: ProcedureRegistration, call: MeshCall): Promise<unknown> {
    const callee = registration.next(this.#context.random);
    if (callee === undefined) {
      throw new WampError(WampUri.noSuchProcedure, [`nobody offers ${call.procedure} any more`]);
    }
    return new Promise((resolve, reject) => {
      const request = callee.nextRequest();
      const onAbort = (): void => this.#interrupt(running, 'killnowait', true);
      const running: Running = { call, callee, request, resolve, reject, onAbort };
      this.#add(running);
      const { kwargs, attributes } = splitAttributes(call.kwargs);
      const sent = callee.send({
        type: 'invocation',
        request,
        registration: registration.id,
        details: detailsOf(registration, call, attributes),
        ...trimmed({ args: call.args, kwargs }),
      });
      this.#context.metrics.invocations.inc();
      if (sent) return;
      this.#remove(running);
      reject(new WampError(WampUri.invalidArgument, ['the callee cannot read the arguments']));
    });
  }

  /** A result, or a part of one, from a client. False when the call is over, or never was. */
  onYield(callee: ClientSession, message: WampMessage<'yield'>): boolean {
    const running = this.#byCallee.get(callee)?.get(message.request);
    if (running === undefined) return false;
    if (message.options['progress'] === true) {
      running.call.progress(valueOf(message)).catch((error: unknown) => {
        this.#interrupt(running, 'killnowait', false);
        this.#remove(running);
        running.reject(
          new WampError(WampUri.canceled, ['progressive results came too fast'], emptyDict, {
            cause: error,
          }),
        );
      });
      return true;
    }
    this.#remove(running);
    running.resolve(valueOf(message));
    return true;
  }

  onError(callee: ClientSession, message: WampMessage<'error'>): boolean {
    const running = this.#byCallee.get(callee)?.get(message.request);
    if (running === undefined) return false;
    this.#remove(running);
    running.reject(new WampError(message.error, message.args, message.kwargs));
    return true;
  }

  /** Asks the callee of the call with this trace to stop, if it is a client of this router; the call goes on until it answers. */
  kill(traceparent: string): boolean {
    const running = this.#byTrace.get(traceparent);
    if (running === undefined) return false;
    this.#interrupt(running, 'kill', false);
    return true;
  }

  /** The callee has vanished: its callers must not wait. */
  leave(callee: ClientSession): void {
    const calls = this.#byCallee.get(callee);
    if (calls === undefined) return;
    for (const running of [...calls.values()]) {
      this.#remove(running);
      running.reject(new WampError(WampUri.canceled, ['the callee is gone']));
    }
  }

  #interrupt(running: Running, mode: CancelMode, over: boolean): void {
    const { callee, request, call } = running;
    if (over) this.#remove(running);
    if (callee.supports('callee', 'call_canceling')) {
      const reason = call.signal.reason as { code?: unknown } | undefined;
      const expired = reason?.code === 'macula.timeout';
      const uri = expired ? WampUri.timeout : WampUri.canceled;
      callee.send({ type: 'interrupt', request, options: { mode, reason: uri } });
    }
    // The mesh has answered the caller already.
    if (over) running.reject(new WampError(WampUri.canceled));
  }

  #add(running: Running): void {
    const { callee, request, call, onAbort } = running;
    const calls = this.#byCallee.get(callee);
    if (calls === undefined) this.#byCallee.set(callee, new Map([[request, running]]));
    else calls.set(request, running);
    if (call.traceparent !== undefined) this.#byTrace.set(call.traceparent, running);
    call.signal.addEventListener('abort', onAbort, { once: true });
  }

  #remove({ callee, request, call, onAbort }: Running): void {
    const calls = this.#byCallee.get(callee);
    calls?.delete(request);
    if (calls?.size === 0) this.#byCallee.delete(callee);
    if (call.traceparent !== undefined) this.#byTrace.delete(call.traceparent);
    call.signal.removeEventListener('abort', onAbort);
  }
}

function detailsOf(
  { pattern }: ProcedureRegistration,
  { procedure, wantsProgress }: MeshCall,
  attributes: Dict | undefined,
): Dict {
  const caller = attributes?.['caller'];
  return {
    ...(pattern.match !== 'exact' && { procedure }),
    ...(wantsProgress && { receive_progress: true }),
    ...(isDict(caller) && {
      caller: caller['id'],
      caller_authid: caller['authid'],
      caller_authrole: caller['authrole'],
    }),
  };
}

import type { Timer } from '@macula/core';
import type { Arguments } from '../body-value.ts';
import { type Discloser, discloserOf } from '../broker/publication.ts';
import type { WampError } from '../errors.ts';
import type { WampMessage } from '../message/message.ts';
import type { ClientSession } from '../session/client-session.ts';
import type { IncomingCall } from './incoming-call.ts';
import type { Invocation, Invocations } from './invocations.ts';
import type { CallListener, OutgoingCall } from './outgoing-call.ts';
import type { ProcedureRegistration } from './procedure-registration.ts';

/** A call between two clients of this router, which nobody else can answer: it has no need of the mesh. */
export class LocalCall implements OutgoingCall, IncomingCall {
  readonly session: ClientSession;
  readonly request: number;
  readonly procedure: string;
  readonly args: readonly unknown[] | undefined;
  readonly kwargs: Readonly<Record<string, unknown>> | undefined;
  readonly wantsProgress: boolean;
  readonly timeout: number;
  readonly caller: Discloser | undefined;
  killing: Timer | undefined;
  deadline: Timer | undefined;
  readonly #listener: CallListener;
  readonly #invocations: Invocations;
  #invocation: Invocation | undefined;

  constructor(
    session: ClientSession,
    message: WampMessage<'call'>,
    timeout: number,
    invocations: Invocations,
    listener: CallListener,
  ) {
    const { request, procedure, args, kwargs, options } = message;
    this.session = session;
    this.request = request;
    this.procedure = procedure;
    this.args = args;
    this.kwargs = kwargs;
    this.timeout = timeout;
    this.wantsProgress = options['receive_progress'] === true;
    this.caller = options['disclose_me'] === true ? discloserOf(session) : undefined;
    this.#invocations = invocations;
    this.#listener = listener;
  }

  /** Throws WampError. */
  begin(registration: ProcedureRegistration): void {
    this.#invocation = this.#invocations.begin(registration, this);
  }

  progressed(part: Arguments): undefined {
    if (this.wantsProgress) this.#listener.progressed(this, part);
  }

  returned(result: Arguments): void {
    this.#listener.returned(this, result);
  }

  failed(error: WampError): void {
    this.#listener.failed(this, error);
  }

  abandon(reason: string | undefined): void {
    if (this.#invocation !== undefined) this.#invocations.abandon(this.#invocation, reason);
  }

  kill(): void {
    if (this.#invocation !== undefined) this.#invocations.kill(this.#invocation);
  }

  close(): void {
    this.killing?.cancel();
    this.deadline?.cancel();
  }
}

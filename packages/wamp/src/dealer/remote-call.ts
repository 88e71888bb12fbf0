import type { Timer } from '@macula/core';
import { argumentsOf, valueOf } from '../body-value.ts';
import { discloserOf, discloserDetails } from '../broker/publication.ts';
import type { WampMessage } from '../message/message.ts';
import type { MeshPort } from '../mesh-port.ts';
import type { ClientSession } from '../session/client-session.ts';
import { CallAbort } from './call-abort.ts';
import { callIdKey } from './mesh-calls.ts';
import type { CallListener, OutgoingCall } from './outgoing-call.ts';

/** A call of a client that the mesh finds a callee for. */
export class RemoteCall implements OutgoingCall {
  readonly session: ClientSession;
  readonly request: number;
  readonly procedure: string;
  readonly wantsProgress: boolean;
  readonly timeout: number;
  /** The call's name for other routers. */
  readonly id: number;
  killing: Timer | undefined;
  deadline: Timer | undefined;
  readonly #abort = new CallAbort();
  readonly #onKill: (id: number) => void;

  constructor(
    session: ClientSession,
    { request, procedure, options }: WampMessage<'call'>,
    timeout: number,
    id: number,
    onKill: (id: number) => void,
  ) {
    this.session = session;
    this.request = request;
    this.procedure = procedure;
    this.wantsProgress = options['receive_progress'] === true;
    this.timeout = timeout;
    this.id = id;
    this.#onKill = onKill;
  }

  /** `limit`: milliseconds after which the mesh gives up. */
  begin(mesh: MeshPort, message: WampMessage<'call'>, limit: number, listener: CallListener): void {
    const { options } = message;
    const caller = options['disclose_me'] === true ? discloserOf(this.session) : undefined;
    mesh
      .call(this.procedure, valueOf(message), {
        timeout: limit,
        signal: this.#abort,
        details: { [callIdKey]: this.id, ...discloserDetails(caller, 'caller') },
        ...(this.wantsProgress && {
          onProgress: (value: unknown) => listener.progressed(this, argumentsOf(value)),
        }),
      })
      .then(
        (value) => listener.returned(this, argumentsOf(value)),
        (error: unknown) => listener.failed(this, error),
      );
  }

  /** The mesh knows no way to end a call that its callee would not hear of: such a call goes on until the callee answers. */
  abandon(reason: string | undefined): void {
    if (reason !== undefined) this.#abort.abort();
  }

  kill(): void {
    this.#onKill(this.id);
  }

  close(): void {
    this.killing?.cancel();
    this.deadline?.cancel();
  }
}

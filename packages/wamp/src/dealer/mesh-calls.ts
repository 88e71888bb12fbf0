import { type Arguments, valueOf } from '../body-value.ts';
import type { Discloser } from '../broker/publication.ts';
import { discloserIn } from '../broker/publication.ts';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import type { MeshCall } from '../mesh-port.ts';
import { isId } from '../wamp-id.ts';
import type { IncomingCall } from './incoming-call.ts';
import type { Invocation, Invocations } from './invocations.ts';
import type { ProcedureRegistration } from './procedure-registration.ts';

/** The name under which a call of a client travels, so that its router can have it killed. */
export const callIdKey = 'call';

/** Calls that come from the mesh to clients of this router. */
export class MeshCalls {
  readonly #invocations: Invocations;
  /** By the ID that the caller's router gave, where one did. */
  readonly #byId = new Map<number, Invocation>();

  constructor(invocations: Invocations) {
    this.#invocations = invocations;
  }

  /** Settles with the callee's answer, as the mesh takes it. */
  run(registration: ProcedureRegistration, meshCall: MeshCall): Promise<unknown> {
    const id = meshCall.details?.[callIdKey];
    return new Promise<unknown>((resolve, reject) => {
      const call = new CallFromMesh(meshCall, resolve, reject, () => {
        if (isId(id)) this.#byId.delete(id);
      });
      const invocation = this.#invocations.begin(registration, call);
      if (isId(id)) this.#byId.set(id, invocation);
      meshCall.onAbort((reason) => {
        const expired = (reason as { code?: unknown }).code === 'macula.timeout';
        this.#invocations.abandon(invocation, expired ? WampUri.timeout : WampUri.canceled);
        // The mesh has answered the caller already.
        call.failed(new WampError(WampUri.canceled));
      });
    });
  }

  /** Asks the callee of a call to stop, if it is a client of this router; the call goes on until it answers. */
  kill(id: number): boolean {
    const invocation = this.#byId.get(id);
    if (invocation === undefined) return false;
    this.#invocations.kill(invocation);
    return true;
  }
}

class CallFromMesh implements IncomingCall {
  readonly #call: MeshCall;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: Error) => void;
  readonly #settled: () => void;

  constructor(
    call: MeshCall,
    resolve: (value: unknown) => void,
    reject: (error: Error) => void,
    settled: () => void,
  ) {
    this.#call = call;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#settled = settled;
  }

  get procedure(): string {
    return this.#call.procedure;
  }

  get args(): readonly unknown[] {
    return this.#call.args;
  }

  get kwargs(): Readonly<Record<string, unknown>> {
    return this.#call.kwargs;
  }

  get wantsProgress(): boolean {
    return this.#call.wantsProgress;
  }

  get caller(): Discloser | undefined {
    return discloserIn(this.#call.details, 'caller');
  }

  progressed(part: Arguments): Promise<void> {
    return this.#call.progress(valueOf(part));
  }

  returned(result: Arguments): void {
    this.#settled();
    this.#resolve(valueOf(result));
  }

  failed(error: WampError): void {
    this.#settled();
    this.#reject(error);
  }
}

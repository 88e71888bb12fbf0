import type { Pattern } from '@macula/core';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import { InterestTable, type OpenedInterest } from '../interest/interest-table.ts';
import type { InvokePolicy, MeshCall } from '../mesh-port.ts';
import type { RouterContext } from '../router-context.ts';
import type { ClientSession } from '../session/client-session.ts';
import {
  ProcedureRegistration,
  type ProcedureRegistrationParts,
} from './procedure-registration.ts';

/** Who offers what at this router. */
export class Registrations extends InterestTable<ProcedureRegistration> {
  readonly #context: RouterContext;
  readonly #onCall: (registration: ProcedureRegistration, call: MeshCall) => Promise<unknown>;

  constructor(
    context: RouterContext,
    onCall: (registration: ProcedureRegistration, call: MeshCall) => Promise<unknown>,
  ) {
    const limit = context.settings.maxRegistrations;
    super(context, { noun: 'registration', verb: 'register', limit });
    this.#context = context;
    this.#onCall = onCall;
  }

  /** Calls back and resolves when the mesh knows of it. Throws WampError or what the mesh says. */
  join(
    session: ClientSession,
    uri: string,
    pattern: Pattern,
    invoke: InvokePolicy,
    accepted: (registration: ProcedureRegistration) => void,
  ): Promise<ProcedureRegistration> {
    return this.enter(session, {
      uri,
      pattern,
      accepted,
      open: (parts) => this.#open({ ...parts, invoke }),
      checkShared: (registration, asked) => {
        if (invoke !== 'single' && registration.invoke === invoke && !asked) return;
        throw new WampError(WampUri.procedureAlreadyExists, [
          `${uri} is registered already, with policy ${registration.invoke}`,
        ]);
      },
    });
  }

  #open(parts: ProcedureRegistrationParts): OpenedInterest<ProcedureRegistration> {
    const interest = new ProcedureRegistration(parts);
    return { interest, ready: this.#register(interest) };
  }

  async #register(registration: ProcedureRegistration): Promise<() => Promise<void>> {
    const { pattern, invoke } = registration;
    const handle = await this.#context.mesh.register(
      pattern.text,
      (_, call) => this.#onCall(registration, call),
      { match: pattern.match, invoke },
    );
    return () => handle.unregister();
  }
}

import { type Pattern, PatternIndex, type Unsubscribe } from '@macula/core';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import type { InvokePolicy, MeshCall } from '../mesh-port.ts';
import type { RouterContext } from '../router-context.ts';
import type { ClientSession } from '../session/client-session.ts';
import { freshId } from '../wamp-id.ts';
import { ProcedureRegistration } from './procedure-registration.ts';

interface Entry {
  readonly registration: ProcedureRegistration;
  readonly unindex: Unsubscribe;
  /** Settled when the mesh knows of it. */
  readonly ready: Promise<{ unregister(): Promise<void> }>;
  /** Sessions that are in, or wait to be, in the order in which they asked. */
  readonly users: ClientSession[];
}

/** Who offers what at this router. However many of its clients share a procedure, the mesh hears of it once. */
export class Registrations {
  readonly #context: RouterContext;
  readonly #onCall: (registration: ProcedureRegistration, call: MeshCall) => Promise<unknown>;
  readonly #byKey = new Map<string, Entry>();
  readonly #byId = new Map<number, Entry>();
  readonly #bySession = new Map<ClientSession, Set<Entry>>();
  readonly #index = new PatternIndex<ProcedureRegistration>();

  constructor(
    context: RouterContext,
    onCall: (registration: ProcedureRegistration, call: MeshCall) => Promise<unknown>,
  ) {
    this.#context = context;
    this.#onCall = onCall;
  }

  /** Resolves when the mesh knows of it. Throws WampError or what the mesh says. */
  async join(
    session: ClientSession,
    uri: string,
    pattern: Pattern,
    invoke: InvokePolicy,
  ): Promise<ProcedureRegistration> {
    const held = this.#bySession.get(session)?.size ?? 0;
    if (held >= this.#context.settings.maxRegistrations) {
      throw new WampError(WampUri.unavailable, [`this session has ${held} registrations already`]);
    }
    const known = this.#byKey.get(pattern.key);
    if (known !== undefined) checkShared(known, session, invoke, uri);
    const entry = known ?? this.#create(session, uri, pattern, invoke);
    entry.users.push(session);
    try {
      await entry.ready;
    } catch (error) {
      this.#release(entry, session);
      throw error;
    }
    const { registration } = entry;
    if (!session.open) {
      this.#release(entry, session);
      return registration;
    }
    registration.callees.push(session);
    const entries = this.#bySession.get(session);
    if (entries === undefined) this.#bySession.set(session, new Set([entry]));
    else entries.add(entry);
    this.#context.announce('wamp.registration.on_register', [session.id, registration.id]);
    return registration;
  }

  /** False when the session has no such registration. */
  leave(session: ClientSession, id: number): boolean {
    const entry = this.#byId.get(id);
    if (entry === undefined || this.#bySession.get(session)?.delete(entry) !== true) return false;
    this.#remove(entry, session);
    return true;
  }

  /** Takes a session out of everything. */
  leaveAll(session: ClientSession): void {
    const entries = this.#bySession.get(session);
    this.#bySession.delete(session);
    if (entries !== undefined) for (const entry of entries) this.#remove(entry, session);
  }

  match(procedure: string): ProcedureRegistration[] {
    return this.#index.match(procedure);
  }

  get(id: number): ProcedureRegistration | undefined {
    return this.#byId.get(id)?.registration;
  }

  find(pattern: Pattern): ProcedureRegistration | undefined {
    return this.#byKey.get(pattern.key)?.registration;
  }

  *all(): Iterable<ProcedureRegistration> {
    for (const { registration } of this.#byId.values()) yield registration;
  }

  #create(session: ClientSession, uri: string, pattern: Pattern, invoke: InvokePolicy): Entry {
    const { random, clock, mesh, announce } = this.#context;
    const registration = new ProcedureRegistration({
      id: freshId(random, this.#byId),
      pattern,
      uri,
      invoke,
      created: new Date(clock.wallTime()).toISOString(),
    });
    const ready = mesh.register(pattern.text, (_, call) => this.#onCall(registration, call), {
      match: pattern.match,
      invoke,
    });
    ready.catch(() => undefined);
    const entry: Entry = {
      registration,
      ready,
      unindex: this.#index.add(pattern, registration),
      users: [],
    };
    this.#byKey.set(pattern.key, entry);
    this.#byId.set(registration.id, entry);
    announce('wamp.registration.on_create', [session.id, registration.details]);
    return entry;
  }

  #remove(entry: Entry, session: ClientSession): void {
    const { callees, id } = entry.registration;
    callees.splice(callees.indexOf(session), 1);
    this.#context.announce('wamp.registration.on_unregister', [session.id, id]);
    this.#release(entry, session);
  }

  #release(entry: Entry, session: ClientSession): void {
    entry.users.splice(entry.users.indexOf(session), 1);
    if (entry.users.length > 0) return;
    const { registration } = entry;
    entry.unindex();
    this.#byKey.delete(registration.pattern.key);
    this.#byId.delete(registration.id);
    this.#context.announce('wamp.registration.on_delete', [session.id, registration.id]);
    entry.ready
      .then((handle) => handle.unregister())
      .catch((error: unknown) => {
        this.#context.logger.debug({ error }, 'a registration had gone already');
      });
  }
}

function checkShared(
  entry: Entry,
  session: ClientSession,
  invoke: InvokePolicy,
  uri: string,
): void {
  const { registration, users } = entry;
  if (invoke === 'single' || registration.invoke !== invoke || users.includes(session)) {
    throw new WampError(WampUri.procedureAlreadyExists, [
      `${uri} is registered already, with policy ${registration.invoke}`,
    ]);
  }
}

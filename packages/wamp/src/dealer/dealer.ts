import { checkAllowed } from '../authorization.ts';
import { WampUri } from '../error-uri.ts';
import { ProtocolViolation, WampError } from '../errors.ts';
import { failureOf } from '../failure.ts';
import type { InvokePolicy } from '../mesh-port.ts';
import type { WampMessage } from '../message/message.ts';
import type { RouterContext } from '../router-context.ts';
import type { ClientSession } from '../session/client-session.ts';
import { isReserved, patternOf } from '../uri-rules.ts';
import { isId } from '../wamp-id.ts';
import { Calls } from './calls.ts';
import { type CancelMode, Invocations } from './invocations.ts';
import { MeshCalls } from './mesh-calls.ts';
import type { ProcedureRegistration } from './procedure-registration.ts';
import { Registrations } from './registrations.ts';

/** Where routers tell each other which call is to be killed. */
const killTopic = 'macula.wamp.kill';

const policies: readonly unknown[] = ['single', 'first', 'last', 'roundrobin', 'random'];
const modes: readonly unknown[] = ['skip', 'kill', 'killnowait'];

/** The dealer's half of the router. A call crosses the mesh unless only clients of this router can answer it. */
export class Dealer {
  readonly registrations: Registrations;
  readonly #context: RouterContext;
  readonly #invocations: Invocations;
  readonly #meshCalls: MeshCalls;
  readonly #calls: Calls;
  #kills: { unsubscribe(): Promise<void> } | undefined;

  constructor(context: RouterContext) {
    this.#context = context;
    const invocations = new Invocations(context);
    this.#invocations = invocations;
    this.#meshCalls = new MeshCalls(invocations);
    this.registrations = new Registrations(context, (registration, call) =>
      this.#meshCalls.run(registration, call),
    );
    this.#calls = new Calls({
      context,
      invocations,
      localCalleeOf: (procedure) => this.#localCalleeOf(procedure),
      kill: (id) => this.#kill(id),
    });
  }

  async start(): Promise<void> {
    this.#kills = await this.#context.mesh.subscribe(
      killTopic,
      ({ args: [id] }) => {
        if (isId(id)) this.#meshCalls.kill(id);
      },
      { participant: this.#context },
    );
  }

  async stop(): Promise<void> {
    this.#calls.stop();
    await this.#kills?.unsubscribe();
  }

  onRegister(session: ClientSession, message: WampMessage<'register'>): void {
    const { request } = message;
    this.#register(session, message).catch((error: unknown) => {
      session.send({ ...failureOf(error), requestType: 'register', request });
    });
  }

  onUnregister(session: ClientSession, message: WampMessage<'unregister'>): void {
    const { request, registration } = message;
    if (this.registrations.leave(session, registration)) {
      session.send({ type: 'unregistered', request });
      return;
    }
    const error = new WampError(WampUri.noSuchRegistration);
    session.send({ ...failureOf(error), requestType: 'unregister', request });
  }

  /** Throws ProtocolViolation. */
  onCall(session: ClientSession, message: WampMessage<'call'>): void {
    try {
      this.#calls.start(session, message);
    } catch (error) {
      if (error instanceof ProtocolViolation) throw error;
      const { request } = message;
      session.send({ ...failureOf(error), requestType: 'call', request });
    }
  }

  onCancel(session: ClientSession, { request, options }: WampMessage<'cancel'>): void {
    const mode = options['mode'] ?? 'killnowait';
    if (modes.includes(mode)) {
      this.#calls.cancel(session, request, mode as CancelMode);
      return;
    }
    const error = new WampError(WampUri.invalidArgument, [
      `mode must be skip, kill or killnowait, got ${JSON.stringify(mode)}`,
    ]);
    session.send({ ...failureOf(error), requestType: 'cancel', request });
  }

  /** The call may be over, because the caller gave up: then the answer is nobody's. */
  onYield(session: ClientSession, message: WampMessage<'yield'>): void {
    this.#invocations.onYield(session, message);
  }

  onError(session: ClientSession, message: WampMessage<'error'>): void {
    this.#invocations.onError(session, message);
  }

  /** Ends all that a session has begun. */
  leave(session: ClientSession): void {
    this.registrations.leaveAll(session);
    this.#invocations.leave(session);
    this.#calls.leave(session);
  }

  async #register(
    session: ClientSession,
    { request, procedure, options }: WampMessage<'register'>,
  ): Promise<void> {
    const pattern = patternOf(procedure, options, this.#context.settings.uriMode);
    if (isReserved(pattern.text)) {
      throw new WampError(WampUri.invalidUri, [`${procedure} is reserved for routers`]);
    }
    const invoke = options['invoke'] ?? 'single';
    if (!policies.includes(invoke)) {
      throw new WampError(WampUri.invalidArgument, [
        `invoke must be one of ${policies.join(', ')}, got ${JSON.stringify(invoke)}`,
      ]);
    }
    checkAllowed(this.#context, session, 'register', procedure);
    await this.registrations.join(session, procedure, pattern, invoke as InvokePolicy, ({ id }) =>
      session.send({ type: 'registered', request, registration: id }),
    );
  }

  /** The callee is a client of this router, or of one that hears of it by the mesh. */
  #kill(id: number): void {
    if (this.#meshCalls.kill(id)) return;
    const { mesh, logger } = this.#context;
    mesh.publish(killTopic, [id], { participant: this.#context }).catch((error: unknown) => {
      logger.warn({ error }, 'a call could not be killed');
    });
  }

  #localCalleeOf(procedure: string): ProcedureRegistration | undefined {
    const { mesh } = this.#context;
    const offers = mesh.rpc?.offersOf(procedure);
    const offer = offers?.length === 1 ? offers[0] : undefined;
    if (offer === undefined || mesh.id === undefined || !offer.node.equals(mesh.id)) {
      return undefined;
    }
    const registration = this.registrations.find(offer.pattern);
    return registration?.callees.length === 0 ? undefined : registration;
  }
}

import {
  type Directory,
  type FrameView,
  InvalidArgumentError,
  type Clock,
  type Links,
  type Logger,
  type Membership,
  type Metrics,
  noMetrics,
  NotRunningError,
  type Random,
  silentLogger,
  type Startable,
  type Unsubscribe,
} from '@macula/core';
import { FrameKind, FrameWriter } from '@macula/wire';
import type { CallHandler } from './call-context.ts';
import type { CallLink } from './call-link.ts';
import type { CallOptions, StreamOptions } from './call-options.ts';
import { Procedures } from './callee/procedures.ts';
import { Registrar } from './callee/registrar.ts';
import { Responder } from './callee/responder.ts';
import { Callees } from './caller/callees.ts';
import { Caller } from './caller/caller.ts';
import { HotHeader } from './hot-header.ts';
import { LoopbackLink } from './loopback/loopback-link.ts';
import type { RegisterOptions, Registration } from './register-options.ts';
import type { ProcedureOffer } from './procedure-offer.ts';
import { OfferWatches } from './resolve/offer-watches.ts';
import { RouteTable } from './resolve/route-table.ts';
import type { RpcContext } from './rpc-context.ts';
import { rpcMetrics } from './rpc-metrics.ts';
import { resolveRpcOptions, type RpcOptions } from './rpc-options.ts';
import type { CallStream, StreamHandler } from './stream/item-stream.ts';
import { StreamCaller } from './stream/stream-caller.ts';
import { StreamResponder } from './stream/stream-responder.ts';

/** What calls stand on. */
export interface RpcDependencies {
  readonly links: Links;
  readonly directory: Directory;
  /** Where there is one, nodes that it doubts are asked last. */
  readonly membership?: Membership | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger | undefined;
  readonly metrics?: Metrics | undefined;
}

/** Procedures: offering and calling them, anywhere in the realm. */
export interface Rpc extends Startable {
  /**
   * Offers a procedure, or with a pattern many. Throws ProcedureAlreadyExistsError where another registration excludes
   * it, InvalidUriError, InvalidArgumentError, LimitExceededError, TimeoutError, AbortedError, NotRunningError.
   */
  register(
    procedure: string,
    handler: CallHandler,
    options?: RegisterOptions,
  ): Promise<Registration>;
  /** Offers a procedure that is talked with rather than asked. Calls and streams have names of their own: one name may be both. Throws as `register`. */
  registerStream(
    procedure: string,
    handler: StreamHandler,
    options?: RegisterOptions,
  ): Promise<Registration>;
  /**
   * Calls a procedure and resolves to the value that the handler returned. `value`: an array becomes args, a plain object
   * kwargs, `withKwargs(args, kwargs)` both, anything else one positional argument.
   *
   * Throws CallError with what the handler threw; NoSuchProcedureError; CallTimeoutError (a TimeoutError); AbortedError;
   * CalleeLostError when the callee is lost after the call was sent; CalleeUnavailableError, OverloadedError and
   * LimitExceededError when it was not handled; PayloadTooLargeError, InvalidUriError, InvalidArgumentError, NotRunningError.
   */
  call(procedure: string, value?: unknown, options?: CallOptions): Promise<unknown>;
  /**
   * The registrations that a call of `procedure` would choose from now, earliest first; undefined while the directory has not
   * answered. Asking makes this node follow them, as a call does. Throws InvalidUriError.
   */
  offersOf(procedure: string): readonly ProcedureOffer[] | undefined;
  /** Opens a stream. Resolves once it is under way; a refusal of the callee shows in the stream. Throws as `call` for what fails before. */
  openStream(procedure: string, value?: unknown, options?: StreamOptions): Promise<CallStream>;
}

const noOptions = Object.freeze({});

/** Makes the calls of one node. Throws InvalidArgumentError or InvalidRealmError for options that cannot work. */
export function createRpc(dependencies: RpcDependencies, options: RpcOptions): Rpc {
  return new NodeRpc(dependencies, options);
}

class NodeRpc implements Rpc {
  readonly #links: Links;
  readonly #watches: OfferWatches;
  readonly #routes: RouteTable;
  readonly #streamRoutes: RouteTable;
  readonly #callees: Callees;
  readonly #caller: Caller;
  readonly #streamCaller: StreamCaller;
  readonly #procedures: Procedures<CallHandler>;
  readonly #streamProcedures: Procedures<StreamHandler>;
  readonly #registrar: Registrar;
  readonly #responder: Responder;
  readonly #streamResponder: StreamResponder;
  readonly #loopback: LoopbackLink;
  #unsubscribes: Unsubscribe[] = [];
  #state: 'new' | 'running' | 'stopped' = 'new';
  #stopped: Promise<void> | undefined;

  constructor(dependencies: RpcDependencies, rpcOptions: RpcOptions) {
    const options = resolveRpcOptions(rpcOptions);
    const { links, directory, membership, clock, random } = dependencies;
    const logger = dependencies.logger ?? silentLogger;
    const metrics = rpcMetrics(dependencies.metrics ?? noMetrics, {
      inFlight: () => this.#caller.inFlight,
      running: () => this.#responder.running,
    });
    const context: RpcContext = {
      self: links.self,
      pin: (peer) => (peer.equals(links.self) ? () => undefined : links.pin(peer)),
      clock,
      random,
      logger,
      metrics,
      options,
      writer: new FrameWriter(),
      header: new HotHeader(),
    };
    const { badRegistrations } = metrics;
    const { maxProcedures: capacity, maxRegistrations, uriMode: mode } = options;
    this.#links = links;
    this.#watches = new OfferWatches(options.realm, { directory, logger, badRegistrations });
    this.#routes = new RouteTable(this.#watches, { mode, capacity, stream: false });
    this.#streamRoutes = new RouteTable(this.#watches, { mode, capacity, stream: true });
    this.#callees = new Callees(context, membership);
    this.#caller = new Caller(context, links, this.#routes, this.#callees);
    this.#streamCaller = new StreamCaller(context, links, this.#streamRoutes, this.#callees);
    this.#procedures = new Procedures(maxRegistrations);
    this.#streamProcedures = new Procedures(maxRegistrations);
    this.#registrar = new Registrar(context, directory, membership, this.#watches);
    this.#responder = new Responder(context, this.#procedures);
    this.#streamResponder = new StreamResponder(context, this.#streamProcedures);
    this.#loopback = new LoopbackLink(links.self, clock, {
      onFrame: (link, frame) => this.#onFrame(link, frame),
      onStream: (link, stream) => this.#streamResponder.onStream(link, stream),
    });
  }

  async start(): Promise<void> {
    if (this.#state === 'stopped') {
      throw new NotRunningError('a stopped rpc cannot be started again');
    }
    if (this.#state === 'running') return;
    this.#state = 'running';
    const links = this.#links;
    this.#unsubscribes = [
      links.handle(FrameKind.procedure, (link, frame) => this.#responder.onProcedure(link, frame)),
      links.handle(FrameKind.call, (link, frame) => this.#responder.onCall(link, frame)),
      links.handle(FrameKind.result, (link, frame) => this.#caller.onResult(link, frame)),
      links.handle(FrameKind.callError, (link, frame) => this.#caller.onFailure(link, frame)),
      links.handle(FrameKind.cancel, (link, frame) => this.#responder.onCancel(link, frame)),
      links.handleStream(FrameKind.callStream, (link, stream) =>
        this.#streamResponder.onStream(link, stream),
      ),
    ];
    this.#callees.start();
    this.#caller.start(this.#loopback);
    this.#streamCaller.start(this.#loopback);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  register(
    procedure: string,
    handler: CallHandler,
    options: RegisterOptions = noOptions,
  ): Promise<Registration> {
    return this.#register(this.#procedures, procedure, handler, options, false);
  }

  registerStream(
    procedure: string,
    handler: StreamHandler,
    options: RegisterOptions = noOptions,
  ): Promise<Registration> {
    return this.#register(this.#streamProcedures, procedure, handler, options, true);
  }

  call(procedure: string, value?: unknown, options: CallOptions = noOptions): Promise<unknown> {
    return this.#caller.call(procedure, value, options);
  }

  offersOf(procedure: string): readonly ProcedureOffer[] | undefined {
    if (this.#state !== 'running') return undefined;
    const route = this.#routes.get(procedure);
    return route.isReady ? route.offers : undefined;
  }

  openStream(
    procedure: string,
    value?: unknown,
    options: StreamOptions = noOptions,
  ): Promise<CallStream> {
    return this.#streamCaller.open(procedure, value, options);
  }

  async #register<H>(
    procedures: Procedures<H>,
    procedure: string,
    handler: H,
    options: RegisterOptions,
    stream: boolean,
  ): Promise<Registration> {
    if (this.#state !== 'running') {
      throw new NotRunningError('rpc is not running: call start() first');
    }
    if (typeof handler !== 'function') {
      throw new InvalidArgumentError(`the handler of ${procedure} must be a function`);
    }
    return this.#registrar.register(procedures, procedure, handler, options, stream);
  }

  async #stop(): Promise<void> {
    this.#state = 'stopped';
    await this.#registrar.stop();
    this.#streamCaller.stop();
    this.#caller.stop();
    this.#streamResponder.stop();
    this.#responder.stop();
    await this.#loopback.close();
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#unsubscribes = [];
    this.#routes.close();
    this.#streamRoutes.close();
    this.#callees.stop();
    this.#watches.close();
  }

  #onFrame(link: CallLink, frame: FrameView): void {
    switch (frame.kind) {
      case FrameKind.procedure:
        return this.#responder.onProcedure(link, frame);
      case FrameKind.call:
        return this.#responder.onCall(link, frame);
      case FrameKind.result:
        return this.#caller.onResult(link, frame);
      case FrameKind.callError:
        return this.#caller.onFailure(link, frame);
      case FrameKind.cancel:
        return this.#responder.onCancel(link, frame);
    }
  }
}

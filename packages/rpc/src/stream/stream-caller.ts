import { setMaxListeners } from 'node:events';
import {
  AbortedError,
  InvalidArgumentError,
  LimitExceededError,
  type Links,
  NotRunningError,
  withDeadline,
} from '@macula/core';
import { bodyOf, CallStreamOpen, encodeValue, FrameKind } from '@macula/wire';
import {
  CalleeLostError,
  CalleeUnavailableError,
  NoSuchProcedureError,
  PayloadTooLargeError,
} from '../call-error.ts';
import { CallFlag, type StreamOptions } from '../call-options.ts';
import type { Callee } from '../caller/callee.ts';
import type { Callees } from '../caller/callees.ts';
import { chooseCallee } from '../caller/choose-callee.ts';
import type { CallLink } from '../call-link.ts';
import type { RouteTable } from '../resolve/route-table.ts';
import type { RpcContext } from '../rpc-context.ts';
import type { CallStream } from './item-stream.ts';
import { OutgoingStream } from './outgoing-stream.ts';

/** How many callees are tried before opening a stream fails. */
const maxAttempts = 3;

/** Opens streams. */
export class StreamCaller {
  readonly #context: RpcContext;
  readonly #links: Links;
  readonly #routes: RouteTable;
  readonly #callees: Callees;
  readonly #stopping = new AbortController();
  readonly #open = new Set<OutgoingStream>();
  #loopback: CallLink | undefined;

  constructor(context: RpcContext, links: Links, routes: RouteTable, callees: Callees) {
    this.#context = context;
    this.#links = links;
    this.#routes = routes;
    this.#callees = callees;
    // Every opening listens to it, however many there are.
    setMaxListeners(0, this.#stopping.signal);
  }

  start(loopback: CallLink): void {
    this.#loopback = loopback;
  }

  stop(): void {
    this.#loopback = undefined;
    this.#stopping.abort(new NotRunningError('rpc was stopped'));
    for (const stream of [...this.#open]) {
      stream.cancel(new NotRunningError('rpc was stopped while the stream was open'));
    }
  }

  async open(procedure: string, value: unknown, options: StreamOptions): Promise<CallStream> {
    const { clock } = this.#context;
    const { timeout = Infinity, signal } = options;
    if (this.#loopback === undefined) {
      throw new NotRunningError('rpc is not running: call start() first');
    }
    if (!(timeout > 0)) {
      throw new InvalidArgumentError(`timeout must be above 0 milliseconds, got ${timeout}`);
    }
    const deadline = clock.now() + timeout;
    const body = encodeValue(bodyOf(value));
    const { maxPayload } = this.#context.options;
    if (body.length > maxPayload) {
      throw new PayloadTooLargeError(
        `the stream's first value takes ${body.length} bytes; ${maxPayload} are allowed`,
      );
    }
    let route = this.#routes.get(procedure);
    const opening = Math.min(timeout, this.#context.options.callTimeout);
    const what = `opening a stream of ${procedure}`;
    const signals = [signal, this.#stopping.signal];
    await withDeadline(clock, route.ready, { timeout: opening, signal: signals, what });

    // Forgotten while the directory was asked, it would learn nothing more.
    if (route.closed) route = this.#routes.get(procedure);
    const tried: Callee[] = [];
    let failure: unknown;
    while (tried.length < maxAttempts) {
      const choice = {
        offers: route.offers,
        invoke: route.invoke,
        turn: route.turn++,
        key: options.key,
        tried: tried.length === 0 ? undefined : tried,
      };
      const callee = chooseCallee(
        choice,
        (id) => this.#callees.get(id),
        this.#context.random,
        false,
      );
      if (callee === undefined) break;
      tried.push(callee);
      try {
        const link = await withDeadline(clock, (signal) => this.#linkTo(callee, signal), {
          timeout: Math.max(1, deadline - clock.now()),
          signal: signals,
          what,
        });
        return this.#start(link, callee, procedure, body, options, deadline);
      } catch (error) {
        if (signals.some((one) => one?.aborted)) throw error;
        failure = error;
        // With too many streams of our own on its link, a callee is none the worse.
        if (!(error instanceof LimitExceededError)) this.#callees.failed(callee);
      }
    }
    if (route.offers.length === 0) {
      throw new NoSuchProcedureError([`nobody has registered ${procedure} for streams`]);
    }
    if (failure instanceof LimitExceededError) throw failure;
    throw new CalleeUnavailableError(`no callee of ${procedure} can be reached`, {
      cause: failure,
    });
  }

  #start(
    link: CallLink,
    callee: Callee,
    procedure: string,
    body: Uint8Array,
    options: StreamOptions,
    deadline: number,
  ): CallStream {
    const remaining = Math.max(1, deadline - this.#context.clock.now());
    const header = CallStreamOpen.encode({
      procedure,
      timeoutMs: remaining === Infinity ? 0 : Math.min(Math.ceil(remaining), 0xffff_ffff),
      flags: options.discloseMe === true ? CallFlag.disclosed : 0,
      traceparent: options.traceparent ?? '',
      body,
    }).finish();
    const linkStream = link.openStream(FrameKind.callStream, header);
    const unpin = this.#context.pin(callee.id);
    callee.streams++;
    const stream = new OutgoingStream(linkStream, this.#context, {
      procedure,
      remaining,
      signal: options.signal,
      onOver: (over, answered, error) => {
        this.#open.delete(over);
        callee.streams--;
        unpin();
        if (answered) callee.breaker.succeeded();
        else if (error instanceof CalleeLostError) this.#callees.failed(callee);
      },
    });
    if (!stream.isOver) this.#open.add(stream);
    return stream;
  }

  async #linkTo(callee: Callee, signal: AbortSignal): Promise<CallLink> {
    const loopback = this.#loopback;
    if (loopback === undefined) throw new AbortedError('rpc was stopped');
    if (callee.id.equals(loopback.peer)) return loopback;
    const { dialTimeout: timeout } = this.#context.options;
    return this.#links.get(callee.id) ?? this.#links.link(callee.id, { timeout, signal });
  }
}

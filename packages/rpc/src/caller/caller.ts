import {
  AbortedError,
  backoffDelay,
  type FrameView,
  InvalidArgumentError,
  LimitExceededError,
  type LinkCloseReason,
  type Links,
  type NodeId,
  NotRunningError,
} from '@macula/core';
import { bodyOf, encodeValue } from '@macula/wire';
import {
  CalleeLostError,
  CalleeUnavailableError,
  CallTimeoutError,
  NoSuchProcedureError,
} from '../call-error.ts';
import type { CallLink } from '../call-link.ts';
import type { AbortSource, CallOptions } from '../call-options.ts';
import { DeadlineList } from '../deadline-list.ts';
import type { Route } from '../resolve/route.ts';
import type { RouteTable } from '../resolve/route-table.ts';
import type { RpcContext } from '../rpc-context.ts';
import { AnswerReader } from './answer-reader.ts';
import { outcomeOf } from './call-outcome.ts';
import type { Callee } from './callee.ts';
import { CalleeLinks, type CalleeLinksListener } from './callee-links.ts';
import type { Callees } from './callees.ts';
import { chooseCallee, hasAlternative } from './choose-callee.ts';
import type { AbandonedCalls } from './outgoing-calls.ts';
import { type CallOwner, PendingCall } from './pending-call.ts';

const defaultRetries = 3;
/** Callees that are asked for one call at most, as each has refused it or cannot be reached. */
const maxCallees = 16;

/**
 * Makes calls. A call settles exactly once, at the latest at its deadline. It is handed to a link once; only one that
 * cannot have run, or is idempotent, is handed to another.
 */
export class Caller implements CallOwner, CalleeLinksListener {
  readonly #context: RpcContext;
  readonly #routes: RouteTable;
  readonly #callees: Callees;
  readonly #calleeOf: (id: NodeId) => Callee;
  readonly #links: CalleeLinks;
  readonly #answers: AnswerReader;
  readonly #pending: DeadlineList<PendingCall>;
  #running = false;

  constructor(context: RpcContext, links: Links, routes: RouteTable, callees: Callees) {
    this.#context = context;
    this.#routes = routes;
    this.#callees = callees;
    this.#calleeOf = (id) => callees.get(id);
    this.#links = new CalleeLinks(context, links, callees, this);
    this.#answers = new AnswerReader(context);
    this.#pending = new DeadlineList(context.clock);
  }

  /** Calls that have not settled. */
  get inFlight(): number {
    return this.#pending.size;
  }

  /** `loopback` carries the calls to this node itself. */
  start(loopback: CallLink): void {
    this.#running = true;
    this.#links.attach(loopback, this.#callees.get(loopback.peer));
  }

  stop(): void {
    this.#running = false;
    for (const call of this.#pending.entries()) {
      call.calls?.cancel(call.id);
      this.#reject(call, new NotRunningError('rpc was stopped while the call was under way'));
    }
    this.#links.stop();
    this.#pending.stop();
  }

  call(procedure: string, value: unknown, options: CallOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { signal, timeout = this.#context.options.callTimeout } = options;
      if (!this.#running) throw new NotRunningError('rpc is not running: call start() first');
      if (!(timeout > 0)) {
        throw new InvalidArgumentError(`timeout must be above 0 milliseconds, got ${timeout}`);
      }
      if (signal?.aborted === true) throw abortedBy(signal, procedure);
      const route = this.#routes.get(procedure);
      const now = this.#context.clock.now();
      const call = new PendingCall(this, route, value, options, now, timeout, resolve, reject);
      signal?.addEventListener('abort', call);
      this.#pending.add(call);
      this.#dispatch(call, now);
    });
  }

  onResult(link: CallLink, frame: FrameView): void {
    const answer = this.#answers.result(frame);
    const calls = this.#links.get(link);
    const call = answer.progress ? calls?.get(answer.id) : calls?.answered(answer.id);
    if (call === undefined) this.#context.metrics.staleAnswers.inc();
    if (call === undefined || call.settled) return;
    try {
      const value = this.#answers.payload(frame);
      if (answer.progress) call.options.onProgress?.(value);
      else this.#resolve(call, value);
    } catch (error) {
      if (answer.progress) call.calls?.cancel(call.id);
      this.#reject(call, error);
    }
  }

  onFailure(link: CallLink, frame: FrameView): void {
    const { id, error, refused } = this.#answers.failure(frame);
    const call = this.#links.get(link)?.answered(id);
    if (call === undefined) this.#context.metrics.staleAnswers.inc();
    else if (refused) this.#failed(call, error, false);
    else if (!call.settled) this.#reject(call, error);
  }

  timedOut(call: PendingCall): void {
    if (call.calls !== undefined) {
      // The callee answers the cancellation at once if it lives, and so closes its circuit again.
      this.#callees.failed(call.calls.callee);
      call.calls.cancel(call.id);
    }
    const waited = Math.round(this.#context.clock.now() - call.started);
    const { procedure } = call.route;
    this.#reject(call, new CallTimeoutError(`${procedure} gave no result within ${waited} ms`));
  }

  aborted(call: PendingCall): void {
    call.calls?.cancel(call.id);
    this.#reject(call, abortedBy(call.options.signal, call.route.procedure));
  }

  unsendable(call: PendingCall, error: unknown): void {
    if (!call.settled) this.#reject(call, error);
  }

  lost(callee: Callee, calls: AbandonedCalls, reason: LinkCloseReason): void {
    const detail = `the link to ${callee.id.key} ended (${reason.message || `code ${reason.code}`})`;
    for (const call of calls.sent) {
      this.#failed(call, new CalleeLostError(`${detail} before it answered`), true);
    }
    for (const call of calls.waiting) {
      this.#failed(call, new CalleeUnavailableError(`${detail} before the call left`), false);
    }
  }

  unreachable(callee: Callee, calls: readonly PendingCall[], cause: unknown): void {
    for (const call of calls) {
      const message = `node ${callee.id.key} cannot be reached`;
      this.#failed(call, new CalleeUnavailableError(message, { cause }), false);
    }
  }

  #dispatch(call: PendingCall, now: number): void {
    try {
      if (call.route.closed) call.route = this.#routes.get(call.route.procedure);
      const { route } = call;
      if (!route.isReady) this.#awaitRoute(call, route);
      else this.#ask(call, route, now);
    } catch (error) {
      this.unsendable(call, error);
    }
  }

  #ask(call: PendingCall, route: Route, now: number): void {
    const { offers } = route;
    // What may be sent again must not change when the application changes its objects.
    if (call.idempotent || offers.length > 1) encodeBody(call);
    const choice = {
      offers,
      invoke: route.invoke,
      turn: route.turn++,
      key: call.options.key,
      tried: call.tried,
    };
    const callee = chooseCallee(choice, this.#calleeOf, this.#context.random, call.idempotent);
    call.callee = callee;
    if (callee === undefined) {
      this.#failed(call, noCallee(route), false);
      return;
    }
    const calls = this.#links.openTo(callee);
    if (calls !== undefined) {
      calls.submit(call, now);
      return;
    }
    encodeBody(call);
    if (!callee.waiting.push(call)) throw tooManyWaiting(`the link to ${callee.id.key}`);
    this.#links.dial(callee, call.idempotent);
  }

  #awaitRoute(call: PendingCall, route: Route): void {
    encodeBody(call);
    if (route.waiting >= this.#context.options.maxWaitingPerCallee) {
      throw tooManyWaiting(`the directory's answer about ${route.procedure}`);
    }
    route.waiting++;
    void route.ready.then(() => {
      route.waiting--;
      if (!call.settled) this.#dispatch(call, this.#context.clock.now());
    });
  }

  /** An attempt failed without the call being over: elsewhere at once where it cannot have run, later where it may run twice. */
  #failed(call: PendingCall, error: Error, mayHaveRun: boolean): void {
    call.calls = undefined;
    if (call.settled) return;
    const { callee } = call;
    const tried = (call.tried ??= []);
    if (callee !== undefined && !tried.includes(callee)) tried.push(callee);
    const { clock, random, metrics, options } = this.#context;
    const now = clock.now();
    // Without a callee nobody could be asked just now, and looking again at once would not change that.
    const elsewhere =
      !mayHaveRun &&
      callee !== undefined &&
      call.body !== undefined &&
      tried.length < maxCallees &&
      hasAlternative(call.route.offers, tried, this.#calleeOf);
    if (elsewhere) {
      metrics.retries.inc();
      this.#dispatch(call, now);
      return;
    }
    const delay = backoffDelay(
      call.retries,
      { baseMs: options.retryBaseMs, maxMs: options.retryMaxMs },
      random,
    );
    const { retries = defaultRetries } = call.options;
    if (!call.idempotent || call.retries >= retries || now + delay >= call.deadline) {
      this.#reject(call, error);
      return;
    }
    call.retries++;
    metrics.retries.inc();
    call.retryTimer = clock.setTimer(() => this.#dispatch(call, clock.now()), delay);
  }

  #resolve(call: PendingCall, value: unknown): void {
    this.#pending.remove(call);
    const { metrics, clock } = this.#context;
    metrics.calls.ok.inc();
    metrics.duration.observe((clock.now() - call.started) / 1000);
    call.resolve(value);
  }

  #reject(call: PendingCall, error: unknown): void {
    this.#pending.remove(call);
    this.#context.metrics.calls[outcomeOf(error)].inc();
    call.reject(error);
  }
}

function encodeBody(call: PendingCall): void {
  if (call.body !== undefined) return;
  call.body = encodeValue(bodyOf(call.value));
  call.value = undefined;
}

function noCallee(route: Route): Error {
  if (route.offers.length === 0) {
    return new NoSuchProcedureError([`nobody has registered ${route.procedure}`]);
  }
  return new CalleeUnavailableError(
    `${route.procedure} is registered, but every callee failed too often lately or failed this call`,
  );
}

function tooManyWaiting(what: string): LimitExceededError {
  return new LimitExceededError(`too many calls wait for ${what}`);
}

function abortedBy(signal: AbortSource | undefined, procedure: string): AbortedError {
  return new AbortedError(`the call of ${procedure} was aborted`, { cause: signal?.reason });
}

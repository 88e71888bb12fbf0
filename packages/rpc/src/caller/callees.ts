import { CircuitBreaker, type Membership, type NodeId, type Unsubscribe } from '@macula/core';
import type { RpcContext } from '../rpc-context.ts';
import { CallQueue } from './call-queue.ts';
import { Callee } from './callee.ts';

/** How many nodes without link or calls are remembered, for the state of their circuits. */
const maxIdle = 10_000;

/** The nodes that this one calls or has called. */
export class Callees {
  readonly #context: RpcContext;
  readonly #callees = new Map<string, Callee>();
  readonly #membership: Membership | undefined;
  #stopWatching: Unsubscribe | undefined;

  constructor(context: RpcContext, membership: Membership | undefined) {
    this.#context = context;
    this.#membership = membership;
  }

  start(): void {
    this.#stopWatching = this.#membership?.onChange((change) => {
      const callee = this.#callees.get(change.member.id.key);
      if (callee !== undefined) callee.status = statusOf(change.member.status);
    });
  }

  stop(): void {
    this.#stopWatching?.();
    this.#callees.clear();
  }

  get(id: NodeId): Callee {
    const known = this.#callees.get(id.key);
    if (known !== undefined) return known;
    if (this.#callees.size >= maxIdle) this.#evict();
    const { clock, options } = this.#context;
    const callee = new Callee(
      id,
      new CircuitBreaker(clock, {
        threshold: options.breakerThreshold,
        resetAfterMs: options.breakerResetMs,
      }),
      new CallQueue(options.maxWaitingPerCallee),
    );
    callee.status = statusOf(this.#membership?.get(id)?.status);
    this.#callees.set(id.key, callee);
    return callee;
  }

  values(): Iterable<Callee> {
    return this.#callees.values();
  }

  /** Records an infrastructure failure. */
  failed(callee: Callee): void {
    const before: string = callee.breaker.state;
    callee.breaker.failed();
    if (before !== 'open' && callee.breaker.state === 'open') {
      this.#context.metrics.breakerOpened.inc();
      this.#context.logger.warn({ callee: callee.id.key }, 'a callee keeps failing: circuit open');
    }
  }

  /** What is in use stays: its number is bounded by links and calls. */
  #evict(): void {
    for (const [key, callee] of this.#callees) {
      if (callee.isIdle) {
        this.#callees.delete(key);
        return;
      }
    }
  }
}

function statusOf(status: string | undefined): Callee['status'] {
  if (status === 'suspect') return 'suspect';
  return status === 'failed' || status === 'left' ? 'gone' : 'fine';
}

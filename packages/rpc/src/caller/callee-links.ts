import { setMaxListeners } from 'node:events';
import type { Links, LinkCloseReason } from '@macula/core';
import { type CallLink, PerLink } from '../call-link.ts';
import type { RpcContext } from '../rpc-context.ts';
import type { Callee } from './callee.ts';
import type { Callees } from './callees.ts';
import { type AbandonedCalls, OutgoingCalls } from './outgoing-calls.ts';
import type { PendingCall } from './pending-call.ts';

/** Who makes something of what the links report. */
export interface CalleeLinksListener {
  /** A link with calls on it is gone. */
  lost(callee: Callee, calls: AbandonedCalls, reason: LinkCloseReason): void;
  /** The callee could not be dialled; `calls` waited for it. */
  unreachable(callee: Callee, calls: readonly PendingCall[], error: unknown): void;
}

/** The calls over each link, and the way to callees that have no link yet: one dial at a time for each. */
export class CalleeLinks {
  readonly #context: RpcContext;
  readonly #links: Links;
  readonly #callees: Callees;
  readonly #listener: CalleeLinksListener;
  readonly #stopping = new AbortController();
  readonly #perLink: PerLink<OutgoingCalls>;

  constructor(context: RpcContext, links: Links, callees: Callees, listener: CalleeLinksListener) {
    this.#context = context;
    this.#links = links;
    this.#callees = callees;
    this.#listener = listener;
    // Every dial listens to it, and a node that has lost many callees dials many at a time.
    setMaxListeners(0, this.#stopping.signal);
    this.#perLink = new PerLink(
      (link) => new OutgoingCalls(link, callees.get(link.peer), context),
      (calls, reason) => this.#closed(calls, reason),
    );
  }

  /** The calls over `link`, if any were made. */
  get(link: CallLink): OutgoingCalls | undefined {
    return this.#perLink.get(link);
  }

  /** The calls over the open link to `callee`, if there is one. */
  openTo(callee: Callee): OutgoingCalls | undefined {
    if (callee.calls !== undefined && callee.calls.link.state !== 'closing') return callee.calls;
    const link = this.#links.get(callee.id);
    return link === undefined ? undefined : this.attach(link, callee);
  }

  /** Makes `link` the one that calls to its peer take. Undefined when it is closed already. */
  attach(link: CallLink, callee: Callee): OutgoingCalls | undefined {
    const calls = this.#perLink.getOrCreate(link);
    if (link.state === 'closed') return undefined;
    callee.calls = calls;
    return calls;
  }

  /** Dials unless that is under way; what waits in `callee.waiting` is sent when the link is there. */
  dial(callee: Callee, early: boolean): void {
    if (callee.dialing) return;
    callee.dialing = true;
    void this.#dial(callee, early);
  }

  stop(): void {
    this.#stopping.abort();
    for (const calls of this.#perLink.values()) calls.abandon();
    this.#perLink.clear();
  }

  async #dial(callee: Callee, early: boolean): Promise<void> {
    const { dialTimeout } = this.#context.options;
    const { signal } = this.#stopping;
    try {
      const link = await this.#links.link(callee.id, { timeout: dialTimeout, signal, early });
      callee.dialing = false;
      if (signal.aborted) return;
      const calls = this.attach(link, callee);
      if (calls === undefined) throw new Error('the link closed as soon as it was open');
      const now = this.#context.clock.now();
      for (const call of callee.waiting.drain()) this.#submit(calls, call, now);
    } catch (error) {
      callee.dialing = false;
      if (signal.aborted) return;
      this.#callees.failed(callee);
      this.#listener.unreachable(callee, callee.waiting.drain(), error);
    }
  }

  #submit(calls: OutgoingCalls, call: PendingCall, now: number): void {
    try {
      calls.submit(call, now);
    } catch (error) {
      call.owner.unsendable(call, error);
    }
  }

  #closed(calls: OutgoingCalls, reason: LinkCloseReason): void {
    const { callee } = calls;
    if (callee.calls === calls) callee.calls = undefined;
    const abandoned = calls.abandon();
    // One failure per lost link, however many calls it carried: one incident must not open the circuit.
    if (abandoned.sent.length > 0) this.#callees.failed(callee);
    this.#listener.lost(callee, abandoned, reason);
  }
}

import type { CircuitBreaker, NodeId } from '@macula/core';
import type { CallQueue } from './call-queue.ts';
import type { OutgoingCalls } from './outgoing-calls.ts';

/** What a caller knows of one node that it calls. */
export class Callee {
  readonly id: NodeId;
  readonly breaker: CircuitBreaker;
  /** Calls that wait for the link. */
  readonly waiting: CallQueue;
  /** The calls over the open link, if there is one. */
  calls: OutgoingCalls | undefined = undefined;
  dialing = false;
  /** Streams open to it. */
  streams = 0;
  /** What membership says: `suspect` is asked only when nobody else is left, `gone` as well. */
  status: 'fine' | 'suspect' | 'gone' = 'fine';

  constructor(id: NodeId, breaker: CircuitBreaker, waiting: CallQueue) {
    this.id = id;
    this.breaker = breaker;
    this.waiting = waiting;
  }

  /** Calls and streams outstanding. */
  get load(): number {
    return (this.calls?.load ?? 0) + this.waiting.length + this.streams;
  }

  /** Round-trip time in milliseconds; 0 while unknown, so that a new callee gets tried. */
  get rtt(): number {
    const rtt = this.calls?.link.rtt ?? NaN;
    return Number.isNaN(rtt) ? 0 : rtt;
  }

  /** Whether anything still depends on this object. */
  get isIdle(): boolean {
    return this.calls === undefined && !this.dialing && this.load === 0;
  }
}

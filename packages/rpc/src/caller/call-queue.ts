import type { PendingCall } from './pending-call.ts';

/** Calls that wait their turn, in order. Settled ones are skipped, and swept out when the queue is full. */
export class CallQueue {
  readonly #capacity: number;
  #calls: PendingCall[] = [];
  #head = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#calls.length - this.#head;
  }

  /** False when the queue is full. */
  push(call: PendingCall): boolean {
    if (this.length >= this.#capacity) this.#sweep();
    if (this.length >= this.#capacity) return false;
    this.#calls.push(call);
    return true;
  }

  /** The next call that has not settled; it stays in the queue. */
  peek(): PendingCall | undefined {
    while (this.#head < this.#calls.length) {
      const call = this.#calls[this.#head] as PendingCall;
      if (!call.settled) return call;
      this.shift();
    }
    return undefined;
  }

  /** Takes the first call out. */
  shift(): void {
    this.#head++;
    if (this.#head === this.#calls.length) {
      this.#calls = [];
      this.#head = 0;
    } else if (this.#head >= 1024) {
      this.#calls = this.#calls.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Empties the queue; returns the calls that have not settled. */
  drain(): PendingCall[] {
    this.#sweep();
    const calls = this.#calls;
    this.#calls = [];
    return calls;
  }

  #sweep(): void {
    this.#calls = this.#calls.slice(this.#head).filter((call) => !call.settled);
    this.#head = 0;
  }
}

import type { NodeId } from '@macula/core';
import { type Undelivered, UndeliveredError, type UndeliveredReason } from '../errors.ts';

/** Something that still has to be acknowledged. */
export interface Obligation {
  /** Who has not done so. */
  readonly debtors: readonly NodeId[];
  /** Nobody waits for it any more. */
  withdraw(): void;
}

/** Waits until every subscriber of one QoS 1 publication has acknowledged it or is given up. */
export class Receipt {
  /** Resolves when all have acknowledged; rejects with UndeliveredError once all others have. */
  readonly promise: Promise<void>;
  readonly #topic: string;
  readonly #obligations = new Set<Obligation>();
  readonly #undelivered: Undelivered[] = [];
  #local = 0;
  #sealed = false;
  #resolve: () => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(topic: string) {
    this.#topic = topic;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever published may have stopped waiting; then nobody minds how it ends.
    this.promise.catch(() => undefined);
  }

  /** The nodes that have not answered yet. */
  get outstanding(): NodeId[] {
    return [...this.#obligations].flatMap(({ debtors }) => debtors);
  }

  expect(obligation: Obligation): void {
    this.#obligations.add(obligation);
  }

  /** Expects this node's own handlers; call the result when they have run. */
  expectLocal(): () => void {
    this.#local++;
    return () => {
      this.#local--;
      this.#settle();
    };
  }

  /** This node's own handlers will not see the message, as too many wait for them (`slow`), or have refused it. */
  failedLocal(self: NodeId, reason: 'slow' | 'refused'): void {
    this.#undelivered.push({ node: self, reason });
  }

  /** The subscriber has acknowledged, or does not subscribe any more. */
  settled(obligation: Obligation): void {
    if (this.#obligations.delete(obligation)) this.#settle();
  }

  failed(obligation: Obligation, reason: UndeliveredReason): void {
    if (!this.#obligations.delete(obligation)) return;
    for (const node of obligation.debtors) this.#undelivered.push({ node, reason });
    this.#settle();
  }

  /** All subscribers are known now. */
  seal(): void {
    this.#sealed = true;
    this.#settle();
  }

  /** Ends the wait with `error`; gives what was still on its way. */
  abandon(error: Error): Obligation[] {
    const obligations = [...this.#obligations];
    this.#obligations.clear();
    this.#reject(error);
    return obligations;
  }

  #settle(): void {
    if (!this.#sealed || this.#obligations.size > 0 || this.#local > 0) return;
    if (this.#undelivered.length === 0) this.#resolve();
    else this.#reject(new UndeliveredError(this.#topic, this.#undelivered));
  }
}

import type { NodeId } from '@macula/core';
import { type Undelivered, UndeliveredError, type UndeliveredReason } from '../errors.ts';

/** Who has not acknowledged something, as far as that is known. */
export interface Debtors {
  readonly named: readonly NodeId[];
  /** So many more may not have either. */
  readonly unnamed: number;
}

export const noDebtors: Debtors = { named: [], unnamed: 0 };

/** Something that still has to be acknowledged. */
export interface Obligation {
  readonly debtors: Debtors;
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
  #unnamed = 0;
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

  /** Who has not answered yet. */
  get outstanding(): Debtors {
    const all = [...this.#obligations].map(({ debtors }) => debtors);
    return {
      named: all.flatMap(({ named }) => named),
      unnamed: all.reduce((sum, { unnamed }) => sum + unnamed, 0),
    };
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
    const { named, unnamed } = obligation.debtors;
    for (const node of named) this.#undelivered.push({ node, reason });
    this.#unnamed += unnamed;
    this.#settle();
  }

  /** The subscriber will say that it has had the event, which it does not take. */
  refusedBy(node: NodeId): void {
    this.#undelivered.push({ node, reason: 'refused' });
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
    if (this.#undelivered.length === 0 && this.#unnamed === 0) this.#resolve();
    else this.#reject(new UndeliveredError(this.#topic, this.#undelivered, this.#unnamed));
  }
}

import { type Clock, Listeners, type Timer, type Unsubscribe } from '@macula/core';
import type { MaculaNode } from '@macula/node';

export interface MeshReachDeps {
  readonly node: MaculaNode;
  readonly clock: Clock;
  /** Whether the node was told of others: then one that sees none is cut off. */
  readonly expectsOthers: boolean;
  /** Milliseconds after others have come back until it is known what they want. */
  readonly settleMs: () => number;
}

/** Whether the mesh is there. */
export class MeshReach {
  readonly #deps: MeshReachDeps;
  readonly #unsubscribe: Unsubscribe;
  readonly #listeners = new Listeners<[there: boolean]>();
  #settled: boolean;
  #settling: Timer | undefined;

  constructor(deps: MeshReachDeps) {
    this.#deps = deps;
    this.#settled = this.#seesOthers();
    this.#unsubscribe = deps.node.onMembership(() => this.#look());
  }

  /** False also while those who have come back have had no time to say what they want. */
  get there(): boolean {
    return this.#settled && this.#seesOthers();
  }

  onChange(listener: (there: boolean) => void): void {
    this.#listeners.add(listener);
  }

  stop(): void {
    this.#unsubscribe();
    this.#settling?.cancel();
    this.#listeners.clear();
  }

  #look(): void {
    if (!this.#seesOthers()) {
      this.#settling?.cancel();
      this.#settling = undefined;
      this.#settle(false);
    } else if (!this.#settled) {
      const { clock, settleMs } = this.#deps;
      this.#settling ??= clock.setTimer(() => this.#settle(true), settleMs());
    }
  }

  #settle(there: boolean): void {
    if (there) this.#settling = undefined;
    if (this.#settled === there) return;
    this.#settled = there;
    this.#listeners.emit(there);
  }

  #seesOthers(): boolean {
    return !this.#deps.expectsOthers || this.#deps.node.members().length > 0;
  }
}

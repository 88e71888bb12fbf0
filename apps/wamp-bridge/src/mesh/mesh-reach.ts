import type { Unsubscribe } from '@macula/core';
import type { MaculaNode } from '@macula/node';

/** Whether the mesh is there: a node that was told of others and sees none is cut off. */
export class MeshReach {
  readonly #node: MaculaNode;
  readonly #expectsOthers: boolean;
  readonly #unsubscribe: Unsubscribe;
  readonly #listeners = new Set<(there: boolean) => void>();
  there: boolean;

  constructor(node: MaculaNode, expectsOthers: boolean) {
    this.#node = node;
    this.#expectsOthers = expectsOthers;
    this.there = this.#look();
    this.#unsubscribe = node.onMembership(() => {
      const there = this.#look();
      if (there === this.there) return;
      this.there = there;
      for (const listener of this.#listeners) listener(there);
    });
  }

  onChange(listener: (there: boolean) => void): void {
    this.#listeners.add(listener);
  }

  stop(): void {
    this.#unsubscribe();
    this.#listeners.clear();
  }

  #look(): boolean {
    return !this.#expectsOthers || this.#node.members().length > 0;
  }
}

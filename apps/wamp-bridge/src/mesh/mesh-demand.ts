import { Listeners, type NodeId, type Pattern, type Unsubscribe } from '@macula/core';
import { type Catalogue, type MaculaNode, openCatalogue } from '@macula/node';

export type DemandKind = 'subscription' | 'procedure';

/**
 * What the nodes of the mesh subscribe to and offer under one pattern, without this node and its fellow bridges: what
 * those want of the mesh is what the router's clients want.
 */
export class MeshDemand {
  readonly #catalogue: Catalogue;
  readonly #isBridge: (node: NodeId) => boolean;
  readonly #onClose: () => void;
  readonly #listeners = new Listeners();
  #scheduled = false;
  #closed = false;

  constructor(
    node: MaculaNode,
    pattern: Pattern,
    isBridge: (node: NodeId) => boolean,
    onClose: () => void,
  ) {
    this.#onClose = onClose;
    this.#isBridge = (id) => id.equals(node.id) || isBridge(id);
    this.#catalogue = openCatalogue(node, pattern, () => this.changed());
  }

  /** Calls back, once a turn, after anything has changed. */
  onChange(listener: () => void): Unsubscribe {
    return this.#listeners.add(listener);
  }

  /** To be called when it has become known who is a bridge. */
  changed(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (!this.#closed) this.#listeners.emit();
    });
  }

  /** The patterns that are wanted, or offered, each once. */
  patterns(kind: DemandKind): Pattern[] {
    const found = new Map<string, Pattern>();
    for (const entry of this.#catalogue.entries) {
      if (entry.kind !== kind || this.#isBridge(entry.node)) continue;
      found.set(entry.pattern.key, entry.pattern);
    }
    return [...found.values()];
  }

  close(): void {
    this.#closed = true;
    this.#listeners.clear();
    this.#catalogue.close();
    this.#onClose();
  }
}

import type { Link, NodeId, Unsubscribe } from '@macula/core';
import {
  NeighbourLink,
  type NeighbourLinkDeps,
  type NeighbourLinkEvents,
} from './neighbour-link.ts';
import { ProbeOrder, shuffle } from './probe-order.ts';
import { RingOverlay } from './ring-overlay.ts';

export interface NeighbourhoodOptions extends NeighbourLinkEvents {
  readonly fullMeshMembers: number;
  readonly rings: number;
  readonly dialTimeoutMs: number;
  /** All members that are alive or suspect. */
  readonly present: () => Iterable<{ readonly id: NodeId }>;
}

/**
 * The members that this node keeps links to, probes and gossips with: all in a small mesh, its neighbours on the
 * rings in a larger one. It goes back to all only well below the limit, so that it does not swing.
 */
export class Neighbourhood {
  readonly order: ProbeOrder;
  readonly #deps: NeighbourLinkDeps;
  readonly #options: NeighbourhoodOptions;
  readonly #overlay: RingOverlay;
  readonly #neighbours = new Map<string, NeighbourLink>();
  #members = 0;
  #onRings = false;
  #unsubscribe: Unsubscribe | undefined;

  constructor(deps: NeighbourLinkDeps, options: NeighbourhoodOptions) {
    this.#deps = deps;
    this.#options = options;
    this.order = new ProbeOrder(deps.random);
    this.#overlay = new RingOverlay(deps.links.self, options.rings);
  }

  get size(): number {
    return this.#neighbours.size;
  }

  has(key: string): boolean {
    return this.#neighbours.has(key);
  }

  start(): void {
    this.#unsubscribe = this.#deps.links.onLink((link) =>
      this.#neighbours.get(link.peer.key)?.follow(link),
    );
  }

  stop(): void {
    this.#unsubscribe?.();
    for (const neighbour of this.#neighbours.values()) neighbour.release();
    this.#neighbours.clear();
  }

  arrived(id: NodeId): void {
    this.#members++;
    const moved = this.#overlay.add(id);
    if (this.#reshaped()) this.#rebuild();
    else if (!this.#onRings) this.#take(id);
    else if (moved) this.#rebuild();
  }

  /** Call it when the member is no longer among those present. */
  departed(id: NodeId): void {
    this.#members--;
    const moved = this.#overlay.remove(id, () => this.#others());
    this.#drop(id.key);
    if (this.#reshaped() || (this.#onRings && moved)) this.#rebuild();
  }

  /** Open links to at most `count` random neighbours, without `except`. */
  sample(count: number, except?: string): Link[] {
    const keys = shuffle([...this.#neighbours.keys()], this.#deps.random);
    const sample: Link[] = [];
    for (const key of keys) {
      if (sample.length >= count) break;
      const link = key === except ? undefined : this.#neighbours.get(key)?.link;
      if (link !== undefined) sample.push(link);
    }
    return sample;
  }

  #reshaped(): boolean {
    const { fullMeshMembers } = this.#options;
    const before = this.#onRings;
    if (this.#members > fullMeshMembers) this.#onRings = true;
    else if (this.#members < fullMeshMembers * 0.75) this.#onRings = false;
    return before !== this.#onRings;
  }

  #rebuild(): void {
    const wanted = this.#onRings
      ? this.#overlay.neighbours()
      : new Map([...this.#others()].map((id) => [id.key, id]));
    for (const key of [...this.#neighbours.keys()]) if (!wanted.has(key)) this.#drop(key);
    for (const id of wanted.values()) this.#take(id);
  }

  #take(id: NodeId): void {
    if (this.#neighbours.has(id.key)) return;
    const options = this.#options;
    const link = new NeighbourLink(this.#deps, id, options.dialTimeoutMs, options);
    this.#neighbours.set(id.key, link);
    this.order.add(id.key);
  }

  #drop(key: string): void {
    this.order.remove(key);
    this.#neighbours.get(key)?.release();
    this.#neighbours.delete(key);
  }

  *#others(): Iterable<NodeId> {
    for (const { id } of this.#options.present()) yield id;
  }
}

import type { Link, MemberStatus, NodeId, Unsubscribe } from '@macula/core';
import {
  type Absence,
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
  readonly present: () => Iterable<{ readonly id: NodeId; readonly status: MemberStatus }>;
  /** A link to this one stands in for that to a member who is suspect or gone: it may be gone with it. */
  readonly onSubstitute: (key: string) => void;
  /** There is the link to one that stands in: news may have passed both by while the overlay had a hole. */
  readonly onMended: (link: Link) => void;
}

/** A node that has lost more than this share of its links has lost itself rather than the others. */
const lonelyShare = 0.75;

/**
 * The members that this node keeps links to, probes and gossips with: all in a small mesh, its neighbours on the
 * rings in a larger one. It goes back to all only well below the limit, so that it does not swing. The rings skip
 * suspects, so that the overlay is whole again before anybody is given up; links to suspects are kept beside.
 */
export class Neighbourhood {
  /** Whom to probe next. */
  readonly order: ProbeOrder;
  /** Whom to tell news next. */
  readonly #turn: ProbeOrder;
  readonly #deps: NeighbourLinkDeps;
  readonly #options: NeighbourhoodOptions;
  /** Of all links alike. */
  readonly #linkEvents: NeighbourLinkEvents;
  readonly #overlay: RingOverlay;
  readonly #neighbours = new Map<string, NeighbourLink>();
  /** Neighbours on the rings that became suspect: to be watched until that is decided. */
  readonly #doubted = new Map<string, NodeId>();
  /** Neighbours that stand in for others and have no link yet. */
  readonly #mending = new Set<string>();
  #members = 0;
  #onRings = false;
  #unsubscribe: Unsubscribe | undefined;

  constructor(deps: NeighbourLinkDeps, options: NeighbourhoodOptions) {
    this.#deps = deps;
    this.#options = options;
    const { locate, onLost } = options;
    this.#linkEvents = { locate, onLost, onFound: (key) => this.#found(key) };
    this.order = new ProbeOrder(deps.random);
    this.#turn = new ProbeOrder(deps.random);
    this.#overlay = new RingOverlay(deps.links.self, options.rings);
  }

  get size(): number {
    return this.#neighbours.size;
  }

  has(key: string): boolean {
    return this.#neighbours.has(key);
  }

  /** How many nodes probe any one member, and so could accuse it. */
  get watchers(): number {
    return this.#onRings ? 2 * this.#options.rings : this.#members;
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
    this.#doubted.clear();
    this.#mending.clear();
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
    const moved = this.#overlay.remove(id, () => this.#trusted());
    this.#drop(id.key);
    if (this.#reshaped()) this.#rebuild();
    else if (this.#onRings && moved) this.#substitute();
  }

  /** Call it when the member has become suspect. */
  doubted(id: NodeId): void {
    const moved = this.#overlay.remove(id, () => this.#trusted());
    if (!this.#onRings || !moved) return;
    if (this.#neighbours.has(id.key)) this.#keep(id);
    this.#substitute();
  }

  /** Call it when a suspect is alive again. */
  trusted(id: NodeId): void {
    const moved = this.#overlay.add(id);
    const wasKept = this.#doubted.delete(id.key);
    if (this.#onRings && (moved || wasKept)) this.#rebuild();
  }

  /** Since when there has been no link to this neighbour; undefined where there is one, and for others. */
  absence(key: string): Absence | undefined {
    return this.#neighbours.get(key)?.absence;
  }

  /** Whether links of this node's own prove anything: most of them are not gone. */
  get connected(): boolean {
    let absent = 0;
    for (const { absence } of this.#neighbours.values()) if (absence !== undefined) absent++;
    return absent <= lonelyShare * this.#neighbours.size;
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

  /**
   * Open links to up to `count` neighbours, all of them in turn. News that is told as often as there are neighbours
   * so reaches each of them, where drawing at random would leave some out.
   */
  audience(count: number): Link[] {
    const audience: Link[] = [];
    for (let i = 0; i < this.#turn.size && audience.length < count; i++) {
      const link = this.#neighbours.get(this.#turn.next() as string)?.link;
      if (link !== undefined && !audience.includes(link)) audience.push(link);
    }
    return audience;
  }

  /** How often news must be told for every neighbour on the rings to hear it from this node; a full mesh has chance on its side. */
  get minTold(): number {
    return this.#onRings ? this.#neighbours.size : 0;
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
      ? new Map([...this.#overlay.neighbours(), ...this.#doubted])
      : new Map(Array.from(this.#options.present(), ({ id }) => [id.key, id]));
    if (!this.#onRings) this.#doubted.clear();
    for (const key of [...this.#neighbours.keys()]) if (!wanted.has(key)) this.#drop(key);
    for (const id of wanted.values()) this.#take(id);
  }

  #substitute(): void {
    const before = new Set(this.#neighbours.keys());
    this.#rebuild();
    for (const [key, { link }] of [...this.#neighbours]) {
      if (before.has(key)) continue;
      this.#options.onSubstitute(key);
      if (link === undefined) this.#mending.add(key);
      else this.#options.onMended(link);
    }
  }

  /** A bounded number of suspects, the latest ones. */
  #keep(id: NodeId): void {
    this.#doubted.set(id.key, id);
    if (this.#doubted.size <= 4 * this.#options.rings) return;
    for (const key of this.#doubted.keys()) {
      this.#doubted.delete(key);
      return;
    }
  }

  #found(key: string): void {
    this.#options.onFound(key);
    const link = this.#neighbours.get(key)?.link;
    if (this.#mending.delete(key) && link !== undefined) this.#options.onMended(link);
  }

  #take(id: NodeId): void {
    if (this.#neighbours.has(id.key)) return;
    const link = new NeighbourLink(this.#deps, id, this.#options.dialTimeoutMs, this.#linkEvents);
    this.#neighbours.set(id.key, link);
    this.order.add(id.key);
    this.#turn.add(id.key);
  }

  #drop(key: string): void {
    this.#mending.delete(key);
    this.#doubted.delete(key);
    this.order.remove(key);
    this.#turn.remove(key);
    this.#neighbours.get(key)?.release();
    this.#neighbours.delete(key);
  }

  *#trusted(): Iterable<NodeId> {
    for (const { id, status } of this.#options.present()) if (status === 'alive') yield id;
  }
}

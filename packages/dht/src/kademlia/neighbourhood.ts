import { type Id, Listeners, type Membership, type NodeId, type Unsubscribe } from '@macula/core';
import type { Contact } from './contact.ts';
import { type RoutingTable } from './routing-table.ts';
import { SubnetTally } from './subnet-tally.ts';
import { isAmongNearest, nearestOf } from './xor-order.ts';

/** Lost contacts that are remembered, to be tried again: what a partition cuts off comes back. */
const rememberedLosses = 256;

/** So many times k members near a key are looked at: some may be lost, or too many of a subnet. */
const surveyed = 2;

/** The nodes that hold a key. */
export interface ReplicaSet {
  /** Nearest first, without this node. */
  readonly peers: readonly Contact[];
  /** Whether this node is one. */
  readonly self: boolean;
}

/**
 * Who is around, and which of them are responsible for a key. In a mesh of at most k nodes, all are
 * responsible for every key.
 */
export class Neighbourhood {
  readonly self: NodeId;
  readonly table: RoutingTable;
  readonly #k: number;
  readonly #membership: Membership | undefined;
  readonly #perSubnet: number;
  readonly #membersOnly: boolean;
  /** Until the table changes: every lookup asks for it. */
  #depth: number | undefined;
  readonly #lost = new Map<string, Contact>();
  readonly #added = new Listeners<[contact: Contact]>();
  readonly #gone = new Listeners<[id: NodeId]>();
  readonly #probes = new Listeners<[contact: Contact]>();

  constructor(
    self: NodeId,
    table: RoutingTable,
    { k, perSubnetInBucket }: { readonly k: number; readonly perSubnetInBucket: number },
    membership?: Membership,
    membersOnly = false,
  ) {
    this.self = self;
    this.table = table;
    this.#k = k;
    this.#perSubnet = perSubnetInBucket;
    this.#membership = membership;
    this.#membersOnly = membersOnly && membership !== undefined;
  }

  /** Whether the mesh has at most k nodes, this one included, as far as this node can tell. */
  get small(): boolean {
    return this.table.size < this.#k && this.table.refused === 0;
  }

  /**
   * The k nodes nearest to `target`, nearest first, where membership lists all nodes: nobody knows of a nearer one, so that nobody
   * needs to be asked. Undefined where it does not. Those that do not answer are left out, and those of a subnet that has its share.
   */
  nearestMembers(target: Id): Contact[] | undefined {
    if (!this.#membersOnly || this.#membership === undefined) return undefined;
    const subnets = new SubnetTally(this.#perSubnet);
    const nearest: Contact[] = [];
    for (const member of nearestOf(this.#membership.members(), target, surveyed * this.#k)) {
      const known = this.known(member);
      const subnet = this.table.subnetOf(known);
      if (this.#lost.has(member.id.key) || !subnets.allows(subnet)) continue;
      subnets.add(subnet);
      if (nearest.push(known) === this.#k) break;
    }
    return nearest.length === 0 ? undefined : nearest;
  }

  /** Contacts that were lost and not found again. */
  get lost(): Iterable<Contact> {
    return [...this.#lost.values()];
  }

  onAdded(listener: (contact: Contact) => void): Unsubscribe {
    return this.#added.add(listener);
  }

  /** Of nodes that do not answer any more, whether they had a place in the table or not. */
  onGone(listener: (id: NodeId) => void): Unsubscribe {
    return this.#gone.add(listener);
  }

  /** Calls `listener` with contacts whose place somebody waits for: ping them. */
  onProbe(listener: (contact: Contact) => void): Unsubscribe {
    return this.#probes.add(listener);
  }

  /** The contact has just proven that it lives. */
  seen(contact: Contact): void {
    this.#lost.delete(contact.id.key);
    const { admission, probe } = this.table.seen(contact);
    if (admission !== 'known') this.#depth = undefined;
    if (admission === 'added') this.#added.emit(contact);
    if (probe !== undefined && !this.vouchedFor(probe.id)) this.#probes.emit(probe);
  }

  /** Whether membership says that the node lives: then nobody here needs to ask it. */
  vouchedFor(id: NodeId): boolean {
    return this.#membership?.get(id)?.status === 'alive';
  }

  /** Leading bits that all of the k nearest nodes share with this one: the k nearest to any other ID share about as many with that. */
  get depth(): number {
    return (this.#depth ??= this.#measureDepth());
  }

  #measureDepth(): number {
    const farthest = this.table.closest(this.self, this.#k)[this.#k - 1];
    return farthest === undefined ? 0 : this.self.commonPrefixLength(farthest.id);
  }

  /** Whether all of the k nodes that are nearest to this one are known from membership. */
  get vouchedSurroundings(): boolean {
    const nearest = this.table.closest(this.self, this.#k);
    return nearest.length === this.#k && nearest.every(({ id }) => this.vouchedFor(id));
  }

  /** The node does not answer any more. */
  gone(id: NodeId): void {
    const contact =
      this.table.get(id) ?? (this.#membersOnly ? this.#membership?.get(id) : undefined);
    if (contact !== undefined) this.#rememberLoss(contact);
    const successor = this.table.remove(id);
    this.#depth = undefined;
    this.#gone.emit(id);
    if (successor !== undefined) this.#added.emit(successor);
  }

  /** The node has said goodbye: it is not tried again. */
  left(id: NodeId): void {
    this.gone(id);
    this.#lost.delete(id.key);
  }

  /**
   * Whether membership says that the node has failed or left; or, where it lists everybody, does not list the node: who
   * has joined after the end of a node has never heard of it, and still gets its records until they expire.
   */
  isGone(id: NodeId): boolean {
    const status = this.#membership?.get(id)?.status;
    if (this.#membersOnly && !id.equals(this.self)) {
      return status !== 'alive' && status !== 'suspect';
    }
    return status === 'failed' || status === 'left';
  }

  /** What is known of the node; third parties' word about its addresses is not preferred to its own. */
  known(contact: Contact): Contact {
    const own = this.table.get(contact.id);
    return own === undefined || own.addresses.length === 0 ? contact : own;
  }

  /** The nodes responsible for a key, as far as this node knows. */
  replicasOf(key: Id): ReplicaSet {
    const nearest = this.table.closest(key, this.#k);
    const self = isAmongNearest(this.self, key, nearest, this.#k);
    return { peers: self ? nearest.slice(0, this.#k - 1) : nearest, self };
  }

  /** Whether this node is near enough to the key to hold it. Twice as many as needed may: views differ. */
  accepts(key: Id): boolean {
    const count = 2 * this.#k;
    return isAmongNearest(this.self, key, this.table.closest(key, count), count);
  }

  /** Whether this node and the peer should both hold the key. */
  shares(key: Id, peer: NodeId): boolean {
    if (this.small) return true;
    const nearest = this.table.closest(key, this.#k);
    return (
      isAmongNearest(this.self, key, nearest, this.#k) &&
      isAmongNearest(peer, key, nearest, this.#k)
    );
  }

  #rememberLoss(contact: Contact): void {
    const { key } = contact.id;
    this.#lost.delete(key);
    this.#lost.set(key, contact);
    if (this.#lost.size <= rememberedLosses) return;
    for (const oldest of this.#lost.keys()) {
      this.#lost.delete(oldest);
      return;
    }
  }
}

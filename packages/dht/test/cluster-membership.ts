import type {
  Clock,
  Link,
  Links,
  Member,
  Membership,
  MembershipChange,
  MemberStatus,
  NodeId,
  Unsubscribe,
} from '@macula/core';

const suspicionMs = 8_000;
const redialMs = 500;

/**
 * Membership of a cluster whose nodes are known beforehand: alive with a link, suspect without one, failed
 * after 8 s without one. Dials everybody it has no link to, twice a second.
 */
export class ClusterMembership implements Membership {
  readonly self: Member;
  readonly #links: Links;
  readonly #clock: Clock;
  readonly #peers: () => Iterable<NodeId>;
  readonly #status = new Map<string, { id: NodeId; status: MemberStatus; lostAt: number }>();
  readonly #listeners = new Set<(change: MembershipChange) => void>();
  #stopped = false;

  constructor(deps: { links: Links; clock: Clock }, peers: () => Iterable<NodeId>) {
    this.#links = deps.links;
    this.#clock = deps.clock;
    this.#peers = peers;
    this.self = {
      id: deps.links.self,
      addresses: deps.links.localAddresses,
      status: 'alive',
      incarnation: BigInt(Math.floor(deps.clock.wallTime())),
      metadata: {},
    };
    deps.links.onLink((link) => this.#opened(link));
    this.#tick();
  }

  members(): Iterable<Member> {
    return [...this.#status.values()]
      .filter(({ status }) => status === 'alive' || status === 'suspect')
      .map(({ id, status }) => memberOf(id, status));
  }

  get(id: NodeId): Member | undefined {
    const known = this.#status.get(id.key);
    return known && memberOf(id, known.status);
  }

  onChange(listener: (change: MembershipChange) => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setMetadata(): void {
    throw new Error('not needed here');
  }

  stop(): void {
    this.#stopped = true;
  }

  /** As if `id` had said goodbye. */
  sayLeft(id: NodeId): void {
    this.#set(id, 'left', 'left');
  }

  #tick(): void {
    if (this.#stopped) return;
    for (const known of this.#status.values()) {
      const overdue = this.#clock.now() - known.lostAt >= suspicionMs;
      if (known.status === 'suspect' && overdue) this.#set(known.id, 'failed', 'failed');
    }
    for (const peer of this.#peers()) {
      if (!peer.equals(this.#links.self) && this.#links.get(peer) === undefined) {
        this.#links.link(peer, { timeout: 2_000 }).catch(() => undefined);
      }
    }
    this.#clock.setTimer(() => this.#tick(), redialMs, { background: true });
  }

  #opened(link: Link): void {
    this.#set(link.peer, 'alive', this.#status.has(link.peer.key) ? 'recovered' : 'joined');
    link.onClose(() => {
      const other = this.#links.get(link.peer);
      if (other !== undefined && other !== link) return;
      if (this.#status.get(link.peer.key)?.status === 'alive') {
        this.#set(link.peer, 'suspect', 'suspected');
      }
    });
  }

  #set(id: NodeId, status: MemberStatus, type: MembershipChange['type']): void {
    this.#status.set(id.key, { id, status, lostAt: this.#clock.now() });
    for (const listener of this.#listeners) listener({ type, member: memberOf(id, status) });
  }
}

function memberOf(id: NodeId, status: MemberStatus): Member {
  return { id, status, addresses: [], incarnation: 1n, metadata: {} };
}

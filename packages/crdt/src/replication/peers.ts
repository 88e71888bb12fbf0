import type { Link, Links, Membership, NodeId, Random, Unsubscribe } from '@macula/core';

/** Whom a replica talks to: the members, where membership is known; otherwise whoever has a link. */
export class Peers {
  private readonly links: Links;
  private readonly membership: Membership | undefined;
  private readonly random: Random;
  /** The members in order, until they change. */
  private sorted: readonly NodeId[] | undefined;
  private keys: readonly string[] | undefined;

  constructor(links: Links, membership: Membership | undefined, random: Random) {
    this.links = links;
    this.membership = membership;
    this.random = random;
  }

  /** Follows changes of the membership until the result is called. */
  follow(): Unsubscribe {
    const forget = (): void => {
      this.sorted = undefined;
      this.keys = undefined;
    };
    return this.membership?.onChange(forget) ?? forget;
  }

  /** All peers, in the order of their IDs. */
  all(): readonly NodeId[] {
    if (this.membership === undefined) {
      return Array.from(this.links.all(), ({ peer }) => peer).sort((a, b) => a.compare(b));
    }
    this.sorted ??= Array.from(this.membership.members(), ({ id }) => id)
      .filter((id) => !id.equals(this.links.self))
      .sort((a, b) => a.compare(b));
    return this.sorted;
  }

  /** Keys of all members; undefined where membership is not known, and nobody can say who else there is. */
  members(): readonly string[] | undefined {
    if (this.membership === undefined) return undefined;
    return (this.keys ??= this.all().map(({ key }) => key));
  }

  /**
   * Up to `count` of these peers that are `wanted`: first the next after this node in the ring of IDs, so that nobody is
   * missed by chance, then random ones.
   */
  choose(peers: readonly NodeId[], count: number, wanted: (peer: NodeId) => boolean): NodeId[] {
    const chosen = new Set<NodeId>();
    const consider = (peer: NodeId | undefined): void => {
      if (peer !== undefined && chosen.size < count && wanted(peer)) chosen.add(peer);
    };
    consider(peers[firstAfter(peers, this.links.self) % Math.max(1, peers.length)]);
    if (peers.length <= 4 * count) {
      for (const peer of this.shuffled(peers)) consider(peer);
    } else {
      for (let tries = 0; tries < 4 * count && chosen.size < count; tries++) {
        consider(peers[this.random.integer(peers.length)]);
      }
    }
    return [...chosen];
  }

  /** A random peer, if there is any. */
  any(): NodeId | undefined {
    const peers = this.all();
    return peers.length === 0 ? undefined : peers[this.random.integer(peers.length)];
  }

  /** Calls `use` with the link to the peer, dialling where there is none; calls nothing when that fails. */
  reach(peer: NodeId, use: (link: Link) => void, signal: AbortSignal): void {
    const open = this.links.get(peer);
    if (open !== undefined) {
      use(open);
      return;
    }
    this.links.link(peer, { signal }).then(
      (link) => {
        if (!signal.aborted) use(link);
      },
      // Who cannot be reached now is compared with later.
      () => undefined,
    );
  }

  private shuffled(peers: readonly NodeId[]): NodeId[] {
    const order = [...peers];
    for (let i = order.length - 1; i > 0; i--) {
      const k = this.random.integer(i + 1);
      [order[i], order[k]] = [order[k] as NodeId, order[i] as NodeId];
    }
    return order;
  }
}

/** Index of the first of the ordered peers that comes after `self`. */
function firstAfter(peers: readonly NodeId[], self: NodeId): number {
  let low = 0;
  let high = peers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((peers[middle] as NodeId).compare(self) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

import type { Address } from '@macula/core';
import type { HeapClock } from '../clock/virtual-clock.ts';
import { IdleWatch } from '../network/idle-watch.ts';
import type { LinkLimits } from '../network/link-limits.ts';
import { MemoryLink } from '../network/memory-link.ts';
import { Path } from '../network/path.ts';
import { SilenceWatch } from '../network/silence-watch.ts';
import { HalfConnection, type HalfConnectionHome } from './half-connection.ts';
import type { LocalLife, NodePlace } from './node-place.ts';
import { commonFeatures } from '../network/connection-table.ts';
import { watchClock } from './watch-clock.ts';

/** Of one instant, arrivals come first (see `arrivals`), then what the watches do, then the timers of nodes. */
const ranks = { silence: -2, idleness: -1 };

/** A half that is to be made. */
export interface HalfPlan {
  readonly number: number;
  readonly owner: NodePlace;
  readonly peer: NodePlace;
  readonly initiator: boolean;
  readonly remoteAddress: Address;
}

/** The halves of connections whose ends live in one shard. */
export class HalfConnectionTable implements HalfConnectionHome {
  private readonly all = new Set<HalfConnection>();
  private readonly watch: SilenceWatch;
  private readonly idleness: IdleWatch;

  constructor(clock: HeapClock, limits: LinkLimits) {
    this.watch = new SilenceWatch(watchClock(clock, ranks.silence), limits.silenceMs);
    this.idleness = new IdleWatch(
      watchClock(clock, ranks.idleness, { aligned: true }),
      limits.idleMs,
      this.all,
    );
  }

  begin({ number, owner, peer, initiator, remoteAddress }: HalfPlan): HalfConnection {
    const { node, medium, halves } = owner.local as LocalLife;
    const half = new HalfConnection(medium, halves, number, peer.index);
    const end = new MemoryLink({
      connection: half,
      owner: node,
      peer: peer.identity.self,
      initiator,
      remoteAddress,
      features: commonFeatures(owner.identity.features, peer.identity.features),
      outgoing: new Path(medium, owner.host, peer.host),
      incoming: new Path(medium, peer.host, owner.host),
    });
    half.join(end);
    node.ends.add(end);
    halves.add(half);
    this.all.add(half);
    this.idleness.arm();
    return half;
  }

  /** The network has changed. */
  review(): void {
    this.watch.review(this.all);
  }

  /** The process that all of `life` belonged to is gone. */
  vanish({ halves }: LocalLife): void {
    for (const half of [...halves]) half.end.vanish();
  }

  halfOver(half: HalfConnection): void {
    this.all.delete(half);
    this.watch.forget(half);
    if (this.all.size === 0) this.idleness.rest();
  }
}

import type { Address } from '@macula/core';
import type { HeapClock } from '../clock/virtual-clock.ts';
import { IdleWatch } from '../network/idle-watch.ts';
import type { LinkLimits } from '../network/link-limits.ts';
import { MemoryLink } from '../network/memory-link.ts';
import { Path } from '../network/path.ts';
import { SilenceWatch } from '../network/silence-watch.ts';
import { HalfConnection, type HalfConnectionHome } from './half-connection.ts';
import type { LocalLife, NodePlace, NodePlaces } from './node-place.ts';
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
  private readonly places: NodePlaces;
  private readonly all = new Set<HalfConnection>();
  private readonly watch: SilenceWatch;
  private readonly idleness: IdleWatch;

  constructor(clock: HeapClock, limits: LinkLimits, places: NodePlaces) {
    this.places = places;
    this.watch = new SilenceWatch(watchClock(clock, ranks.silence), limits.silenceMs);
    this.idleness = new IdleWatch(
      watchClock(clock, ranks.idleness, { aligned: true }),
      limits.idleMs,
      this.all,
    );
  }

  begin({ number, owner, peer, initiator, remoteAddress }: HalfPlan): HalfConnection {
    const { node, medium, halves, usable } = owner.local as LocalLife;
    const there = new Path(medium, owner.host, peer.host);
    const back = new Path(medium, peer.host, owner.host);
    const half = new HalfConnection({
      ...{ medium, home: this, number, owner: owner.index, peer: peer.index, there, back },
    });
    const end = new MemoryLink({
      connection: half,
      owner: node,
      peer: peer.identity.self,
      initiator,
      remoteAddress,
      features: commonFeatures(owner.identity.features, peer.identity.features),
      outgoing: there,
      incoming: back,
    });
    half.join(end);
    node.ends.add(end);
    halves.set(number, half);
    usable.set(peer.index, half);
    this.all.add(half);
    this.idleness.arm();
    return half;
  }

  /** The network has changed. */
  review(): void {
    this.watch.review(this.all);
  }

  /** The process that all of `life` belonged to is gone. */
  vanish({ halves, usable }: LocalLife): void {
    for (const half of [...halves.values()]) half.end.vanish();
    usable.clear();
  }

  halfRetired(half: HalfConnection): void {
    const { owner, peer } = half.place;
    const usable = this.places.numbered(owner).local?.usable;
    if (usable?.get(peer) === half) usable.delete(peer);
  }

  halfOver(half: HalfConnection): void {
    const { owner, number } = half.place;
    const halves = this.places.numbered(owner).local?.halves;
    if (halves?.get(number) === half) halves.delete(number);
    this.all.delete(half);
    this.watch.forget(half);
    if (this.all.size === 0) this.idleness.rest();
  }
}

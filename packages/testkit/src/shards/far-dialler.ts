import { type Address, formatAddress, type NodeId, NotRunningError } from '@macula/core';
import type { Connector } from '../network/connector.ts';
import type { MemoryLink } from '../network/memory-link.ts';
import type { MemoryNode } from '../network/memory-node.ts';
import { Path } from '../network/path.ts';
import { FarDial } from './far-dial.ts';
import type { HalfConnection } from './half-connection.ts';
import type { LocalLife, NodePlace, NodePlaces } from './node-place.ts';
import { type Parcel, ParcelKind } from './parcel.ts';

const nothing = new Uint8Array(0);

/** The handshakes that one node has under way. */
export class FarDialler implements Connector {
  private readonly places: NodePlaces;
  private readonly place: NodePlace;
  private readonly omniscient: boolean;
  private readonly begin: (dial: FarDial) => HalfConnection;
  private readonly dials = new Map<number, FarDial>();
  /** Over all lives of the node. */
  private begun = 0;

  /** `begin` makes the dialler's half of the connection that a dial has led to. */
  constructor(
    places: NodePlaces,
    place: NodePlace,
    omniscient: boolean,
    begin: (dial: FarDial) => HalfConnection,
  ) {
    this.places = places;
    this.place = place;
    this.omniscient = omniscient;
    this.begin = begin;
  }

  async connect(
    _node: MemoryNode,
    address: Address,
    expected: NodeId | undefined,
    signal?: AbortSignal,
  ): Promise<MemoryLink> {
    const target = this.places.at(formatAddress(address));
    const { medium } = this.life;
    // Of two nodes' dials to each other, those of the one have odd numbers and those of the other even ones.
    const isLater = target !== undefined && this.place.index > target.index;
    const number = 2 * this.begun++ + (isLater ? 1 : 0);
    const plan = { medium, number, dialler: this.place, target, address, expected };
    const dial = new FarDial(plan);
    const shared = dial.refusal === undefined ? this.usableWith(target) : undefined;
    if (shared !== undefined) return shared.end.whenOpen();
    this.dials.set(number, dial);
    dial.ask();
    try {
      return await dial.outcome(signal);
    } finally {
      this.dials.delete(number);
    }
  }

  addressesOf(peer: NodeId): readonly Address[] {
    return this.omniscient ? (this.places.find(peer)?.identity.localAddresses ?? []) : [];
  }

  forget(): void {
    const { key } = this.place.identity.self;
    for (const dial of this.dials.values()) {
      dial.cancel(new NotRunningError(`node ${key} does not run any more`));
    }
  }

  /** The number of the connection that a dial to `target` under way will be. */
  underWayTo(target: NodePlace): number | undefined {
    for (const { plan, refusal } of this.dials.values()) {
      if (plan.target === target && refusal === undefined) return plan.number;
    }
    return undefined;
  }

  /** A dial is answered. */
  answered({ kind, connection, from, body }: Parcel): void {
    const dial = this.dials.get(connection);
    if (dial === undefined) {
      if (kind === ParcelKind.accepted) this.decline(from, connection);
    } else if (kind === ParcelKind.refused) dial.refused();
    else if (kind === ParcelKind.accepted) this.open(dial);
    else {
      const met = new DataView(body.buffer, body.byteOffset).getFloat64(0);
      const half = this.life.halves.find(from, met);
      // One that closes here is over there soon, too: the next try finds the way free.
      if (half?.isUsable === true) dial.succeed(half.end);
    }
  }

  private get life(): LocalLife {
    return this.place.local as LocalLife;
  }

  private open(dial: FarDial): void {
    this.dials.delete(dial.plan.number);
    const { end } = this.begin(dial);
    end.open();
    dial.succeed(end);
  }

  /** The handshake has succeeded for nobody. */
  private decline(peer: number, connection: number): void {
    const { medium } = this.life;
    const label = { kind: ParcelKind.closing, connection, channel: 0 };
    const there = new Path(medium, this.place.host, this.places.numbered(peer).host);
    medium.post(peer, label, nothing, there.reliableArrival(0));
  }

  private usableWith(target: NodePlace | undefined): HalfConnection | undefined {
    if (target === undefined) return undefined;
    const half = this.life.halves.usableWith(target.index);
    return half?.there.to === target.host ? half : undefined;
  }
}

import type { Topology } from '../network/topology.ts';
import { Path } from '../network/path.ts';
import type { HalfConnectionTable } from './half-connection-table.ts';
import type { LocalLife, NodePlace, NodePlaces } from './node-place.ts';
import { type Parcel, ParcelKind } from './parcel.ts';

const noAddress = { host: '10.255.255.255', port: 4433 };
const nothing = new Uint8Array(0);

/** Where nodes of a shard answer those who dial them. */
export class Doorway {
  private readonly places: NodePlaces;
  private readonly table: HalfConnectionTable;
  private readonly topology: Topology;

  constructor(places: NodePlaces, table: HalfConnectionTable, topology: Topology) {
    this.places = places;
    this.table = table;
    this.topology = topology;
  }

  /** Whether packets between two nodes get through, from the first to the second. */
  passes(from: NodePlace, to: NodePlace): boolean {
    const { condition } = to.host;
    const isThere = condition === 'running' || condition === 'stopped';
    return isThere && this.topology.passes(from.identity.self.key, to.identity.self.key);
  }

  /** Somebody dials. Who is not let in gets no answer, and tries again. */
  dialled({ kind, from, to, connection }: Parcel): void {
    const [dialler, responder] = [this.places.numbered(from), this.places.numbered(to)];
    if (!this.passes(dialler, responder) || !this.passes(responder, dialler)) return;
    if (responder.host.condition === 'stopped') {
      this.answer(responder, dialler, ParcelKind.refused, connection);
    } else if (!this.mayOpen(dialler, responder)) return;
    else if (kind === ParcelKind.knock) {
      this.answer(responder, dialler, ParcelKind.refused, connection);
    } else this.letIn(dialler, responder, connection);
  }

  private letIn(dialler: NodePlace, responder: NodePlace, connection: number): void {
    const met = this.metBy(dialler, responder);
    if (met !== undefined && met !== connection) {
      const body = new Uint8Array(8);
      new DataView(body.buffer).setFloat64(0, met);
      this.answer(responder, dialler, ParcelKind.met, connection, body);
      return;
    }
    if (met === undefined) {
      const remoteAddress = dialler.identity.localAddresses[0] ?? noAddress;
      const plan = { number: connection, owner: responder, peer: dialler, remoteAddress };
      this.table.begin({ ...plan, initiator: false });
    }
    this.answer(responder, dialler, ParcelKind.accepted, connection);
  }

  /**
   * The connection between the two that is there, or on its way: of two dials that cross, that of the lower number is
   * the one in which they meet.
   */
  private metBy(dialler: NodePlace, responder: NodePlace): number | undefined {
    const { halves, dialler: own } = responder.local as LocalLife;
    const half = halves.usableWith(dialler.index);
    if (half !== undefined) {
      if (half.there.to === dialler.host) return half.number;
      // What is left is a connection with an earlier life.
      half.silence();
    }
    const mine = responder.index < dialler.index && this.mayOpen(responder, dialler);
    return mine ? own.underWayTo(dialler) : undefined;
  }

  private mayOpen(dialler: NodePlace, responder: NodePlace): boolean {
    const { nat, self } = responder.identity;
    const { conditions } = this.mediumOf(responder.local === undefined ? dialler : responder);
    return (
      (nat === undefined || nat === dialler.identity.nat) &&
      conditions.mayOpen(dialler.identity.self, self)
    );
  }

  private answer(
    from: NodePlace,
    to: NodePlace,
    kind: ParcelKind,
    connection: number,
    body = nothing,
  ): void {
    const medium = this.mediumOf(from);
    const half = from.local?.halves.find(to.index, connection);
    const label = { kind, connection, channel: 0 };
    if (half !== undefined) {
      // What the responder sends on the connection comes after the answer.
      half.tell(kind, 0, body);
      return;
    }
    medium.post(to.index, label, body, new Path(medium, from.host, to.host).reliableArrival(0));
  }

  private mediumOf(place: NodePlace): LocalLife['medium'] {
    return (place.local as LocalLife).medium;
  }
}

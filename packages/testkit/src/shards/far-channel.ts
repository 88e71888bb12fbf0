import { Channel } from '../network/channel.ts';
import type { Path } from '../network/path.ts';
import type { HalfConnection } from './half-connection.ts';
import { ParcelKind } from './parcel.ts';

const nothing = new Uint8Array(0);

/** A channel whose far end is elsewhere: bursts leave as parcels, and the far end gives credit for what it has handled. */
export class FarChannel extends Channel {
  private readonly half: HalfConnection;
  private readonly number: number;
  private latestArrival: number;

  /** Nothing of it arrives before `earliest`. */
  constructor(half: HalfConnection, path: Path, number: number, earliest = 0) {
    super(half.medium, path);
    this.half = half;
    this.number = number;
    this.latestArrival = earliest;
  }

  /** Of what has left, only the far end knows whether it has arrived. */
  protected get underWay(): boolean {
    return false;
  }

  protected depart(burst: Uint8Array | undefined): void {
    const arrival = Math.max(this.latestArrival, this.path.reliableArrival(burst?.length ?? 0));
    this.latestArrival = arrival;
    const kind = burst === undefined ? ParcelKind.end : ParcelKind.burst;
    this.half.post(kind, this.number, burst ?? nothing, arrival);
  }
}

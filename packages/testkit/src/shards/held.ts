import { Delivery } from '../network/delivery-queue.ts';
import type { HalfConnection } from './half-connection.ts';
import type { Parcel } from './parcel.ts';

/** Parcels that did not get in: they come in order once the network lets them through, as if retransmitted. The sender's windows bound them. */
export class Held extends Delivery {
  private readonly half: HalfConnection;
  private parcels: Parcel[] = [];
  private underWay = false;

  constructor(half: HalfConnection) {
    super();
    this.half = half;
  }

  get isEmpty(): boolean {
    return this.parcels.length === 0;
  }

  add(parcel: Parcel): void {
    this.parcels.push(parcel);
  }

  /** The network has changed. */
  wake(): void {
    if (this.isEmpty || this.underWay || !this.half.back.open) return;
    this.underWay = true;
    const { deliveries } = this.half.medium;
    deliveries.schedule(this, this.half.back.reliableArrival(0));
  }

  arrive(): void {
    this.underWay = false;
    if (!this.half.back.open) return;
    const { parcels } = this;
    this.parcels = [];
    for (const parcel of parcels) this.half.take(parcel);
  }

  clear(): void {
    this.parcels = [];
    this.half.medium.deliveries.cancel(this);
  }
}

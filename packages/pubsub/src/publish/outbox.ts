import { Fifo } from '../fifo.ts';
import type { Parcel } from './parcel.ts';

/**
 * What waits for one subscriber's link, in order. QoS 0 parcels are counted here; QoS 1 parcels are counted
 * with the unacknowledged ones, of which they are a part.
 */
export class Outbox {
  readonly #queue = new Fifo<Parcel>();
  #done = 0;
  /** QoS 0 parcels that wait. */
  events = 0;
  /** Bytes of QoS 0 parcels that wait. */
  bytes = 0;

  /** Parcels that take a place, dropped ones that have not reached the head included. */
  get length(): number {
    return this.#queue.length;
  }

  push(parcel: Parcel): void {
    this.#enter(parcel);
    this.#queue.push(parcel);
  }

  /** Puts parcels before all others, in the order given. */
  prepend(parcels: readonly Parcel[]): void {
    for (let i = parcels.length - 1; i >= 0; i--) {
      const parcel = parcels[i] as Parcel;
      this.#enter(parcel);
      this.#queue.unshift(parcel);
    }
  }

  /** The next parcel to send. */
  get first(): Parcel | undefined {
    for (let parcel = this.#queue.first; parcel?.done === true; parcel = this.#queue.first) {
      this.#queue.shift();
      this.#done--;
    }
    return this.#queue.first;
  }

  /** Takes `first` out. */
  shift(): void {
    const parcel = this.#queue.shift();
    if (parcel !== undefined) this.#leave(parcel);
  }

  /** Drops the oldest QoS 0 parcel; false when there is none. */
  dropOldest(): boolean {
    for (let i = 0; i < this.#queue.length; i++) {
      const parcel = this.#queue.at(i) as Parcel;
      if (parcel.done || parcel.publication.qos !== 0) continue;
      this.discard(parcel);
      return true;
    }
    return false;
  }

  /** Takes a parcel out, wherever it is. */
  discard(parcel: Parcel): void {
    parcel.done = true;
    if (!parcel.queued) return;
    this.#leave(parcel);
    this.#done++;
    // What is done costs memory until it reaches the head, so it may not outweigh the rest.
    if (this.#done > 64 && this.#done * 2 > this.#queue.length) {
      this.#queue.retain((item) => !item.done);
      this.#done = 0;
    }
  }

  /** Takes out the QoS 0 parcels that `which` picks, by default all, and gives them. */
  takePlain(which: (parcel: Parcel) => boolean = () => true): Parcel[] {
    const taken: Parcel[] = [];
    for (const parcel of this.#queue) {
      if (!parcel.done && parcel.publication.qos === 0 && which(parcel)) taken.push(parcel);
    }
    for (const parcel of taken) this.discard(parcel);
    return taken;
  }

  #enter(parcel: Parcel): void {
    parcel.queued = true;
    parcel.target.queued++;
    if (parcel.publication.qos !== 0) return;
    this.events++;
    this.bytes += parcel.size;
  }

  #leave(parcel: Parcel): void {
    parcel.queued = false;
    parcel.target.queued--;
    if (parcel.publication.qos !== 0) return;
    this.events--;
    this.bytes -= parcel.size;
  }
}

import type { UndeliveredReason } from '../errors.ts';
import type { Tally } from '../tally.ts';
import type { Outbox } from './outbox.ts';
import type { Parcel } from './parcel.ts';
import type { Target } from './target.ts';

/** The QoS 1 parcels that one subscriber has still to acknowledge, and how they end. They are in order per topic. */
export class Unacknowledged {
  /** How many are kept. */
  events = 0;
  /** Their bytes. */
  bytes = 0;
  readonly #outbox: Outbox;
  readonly #tally: Tally;

  constructor(outbox: Outbox, tally: Tally) {
    this.#outbox = outbox;
    this.#tally = tally;
  }

  keep(parcel: Parcel): void {
    this.events++;
    this.bytes += parcel.size;
    parcel.target.unacknowledged.push(parcel);
  }

  /** The subscriber has handled everything of the topic up to `sequence`. False when nothing was waiting for that. */
  acknowledge(target: Target, sequence: number): boolean {
    const { unacknowledged } = target;
    let any = false;
    for (let parcel = unacknowledged.first; parcel !== undefined; parcel = unacknowledged.first) {
      if (parcel.publication.sequence > sequence && !parcel.done) break;
      this.#shift(target);
      if (parcel.done) continue;
      any = true;
      this.#outbox.discard(parcel);
      parcel.publication.receipt?.settled(parcel);
    }
    return any;
  }

  /** The parcel of one publication, while it is not acknowledged. */
  find(target: Target, sequence: number): Parcel | undefined {
    for (const parcel of target.unacknowledged) {
      if (parcel.publication.sequence === sequence && !parcel.done) return parcel;
    }
    return undefined;
  }

  /** Forgets a parcel without an acknowledgement. Its place is freed once all before it are done. */
  drop(parcel: Parcel): void {
    this.#outbox.discard(parcel);
    const { target } = parcel;
    while (target.unacknowledged.first?.done === true) this.#shift(target);
  }

  /** What a link that is gone had taken, in order. */
  lost(target: Target): Parcel[] {
    const lost: Parcel[] = [];
    for (const parcel of target.unacknowledged) {
      if (!parcel.done && !parcel.queued) lost.push(parcel);
    }
    return lost;
  }

  /** Takes out all that a topic has. */
  take(target: Target): Parcel[] {
    const taken: Parcel[] = [];
    while (target.unacknowledged.length > 0) {
      const parcel = this.#shift(target);
      if (parcel.done) continue;
      this.#outbox.discard(parcel);
      taken.push(parcel);
    }
    return taken;
  }

  /** The parcel, of either quality of service, does not reach the subscriber. */
  fail(parcel: Parcel, reason: UndeliveredReason): void {
    this.drop(parcel);
    this.#tally.dropped(reason);
    parcel.publication.receipt?.failed(parcel, reason);
  }

  /** Takes out all that a topic has, and waits for it no more. */
  giveUp(target: Target, reason: 'unsubscribed' | 'gone'): void {
    for (const parcel of this.take(target)) {
      this.#tally.dropped(reason);
      if (reason === 'gone') parcel.publication.receipt?.failed(parcel, reason);
      else parcel.publication.receipt?.settled(parcel);
    }
  }

  #shift(target: Target): Parcel {
    const parcel = target.unacknowledged.shift() as Parcel;
    this.events--;
    this.bytes -= parcel.size;
    return parcel;
  }
}

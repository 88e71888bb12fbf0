import type { FrameView } from '@macula/core';
import { type Inlet, Inlet_Action } from '@macula/wire';
import { type Carrier, inletHeader, type Occupant } from './carrier.ts';
import { eventsInBatch } from './events-in-batch.ts';

/** One side of a passage. */
export interface PassageSide {
  readonly carrier: Carrier;
  /** Stands for the way in what comes from there; one more or less in what goes there. */
  readonly number: number;
}

export interface PassageListener {
  /** A batch with so many events has gone on. */
  passedOn(events: number): void;
  ended(): void;
}

/** A way of others that passes through this node, their inlet: what comes on either side goes on, as it is, on the other. */
export class Passage {
  readonly #sides: readonly PassageSide[];
  readonly #listener: PassageListener;
  #open = true;

  constructor(publisher: PassageSide, subscriber: PassageSide, listener: PassageListener) {
    this.#sides = [publisher, subscriber];
    this.#listener = listener;
    publisher.carrier.occupy(publisher.number, this.#towards(subscriber));
    subscriber.carrier.occupy(subscriber.number, this.#towards(publisher));
  }

  /** Ends the way, and tells the sides that do not know. */
  close(told: readonly PassageSide[] = this.#sides): void {
    if (!this.#open) return;
    this.#open = false;
    for (const { carrier, number } of told) carrier.close(number ^ 1);
    for (const { carrier, number } of this.#sides) carrier.vacate(number);
    this.#listener.ended();
  }

  /** What comes from one side goes on to the other. */
  #towards(to: PassageSide): Occupant {
    return {
      receive: (action, frame) => this.#pass(action, frame, to),
      drained: () => undefined,
      end: () => this.close([to]),
      leave: () => this.close(),
    };
  }

  #pass(action: Inlet['action'], frame: FrameView, to: PassageSide): void {
    if (action === Inlet_Action.CLOSE) return this.close([to]);
    const header = inletHeader(to.number ^ 1, action);
    if (to.carrier.push(header, frame.bytes, frame.headerEnd, frame.payloadEnd)) {
      if (action === Inlet_Action.CARRY) this.#listener.passedOn(eventsInBatch(frame));
      return;
    }
    // What does not fit would be missing silently: better the publisher learns, and sends again what it must.
    this.close();
  }
}

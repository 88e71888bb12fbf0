import type { CrossingEvent } from './event-lane.ts';

/** Times that the other side may go away over one event. */
const maxLosses = 3;

/**
 * Which events were under way when the other side went away. One that makes it go away, because it is too large for it, say, would do
 * so each time that it is sent again; so those that were there twice go alone, and the one over which the other side goes away then,
 * too, is given up. Events are told apart by identity, so that this is known, too, of one that was with a fellow meanwhile.
 */
export class Suspects {
  readonly #losses = new WeakMap<CrossingEvent, number>();

  goesAlone(event: CrossingEvent): boolean {
    return this.#lossesOf(event) >= maxLosses - 1;
  }

  /** To be told of each that was under way; true where it is to be given up. */
  lostWith(event: CrossingEvent): boolean {
    const losses = this.#lossesOf(event) + 1;
    this.#losses.set(event, losses);
    return losses >= maxLosses;
  }

  #lossesOf(event: CrossingEvent): number {
    return this.#losses.get(event) ?? 0;
  }
}

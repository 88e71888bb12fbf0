import type { Clock } from '@macula/core';
import type { Limits } from '../options.ts';
import { StallWatch } from './stall-watch.ts';

/** With less than this in use, whoever lagged is waited for again. */
const recovered = 0.5;

export interface RoomEvents {
  /** How much of the room for plain (0) or acknowledged (1) events is used: 1 is all of it. */
  filling(qos: 0 | 1): number;
  /** Nothing was taken for as long as publishers wait. */
  lagging(qos: 0 | 1): void;
  /** There may be room again. */
  progressed(): void;
}

/**
 * The room that publishers have with a receiver, for each quality of service: while it is full they wait, and when nothing
 * of it is taken for too long, they do not wait any more.
 */
export class Room {
  /** Whether plain events are taken, and whether the others are acknowledged. */
  readonly #watches: readonly [StallWatch, StallWatch];
  readonly #events: RoomEvents;

  constructor(clock: Clock, limits: Limits, events: RoomEvents) {
    const { slowSubscriberLimitMs, slowAcknowledgementLimitMs } = limits;
    this.#events = events;
    this.#watches = [
      new StallWatch(clock, slowSubscriberLimitMs, () => events.lagging(0)),
      new StallWatch(clock, slowAcknowledgementLimitMs, () => events.lagging(1)),
    ];
  }

  /** Whether a publisher need not wait. */
  has(qos: 0 | 1): boolean {
    return this.isLagging(qos) || !this.isFull(qos);
  }

  isFull(qos: 0 | 1): boolean {
    return this.#events.filling(qos) >= 1;
  }

  /** Nobody waits for it any more. */
  isLagging(qos: 0 | 1): boolean {
    return this.#watches[qos].lagging;
  }

  /** A publisher waits: should there be no progress for too long, it waits no more. */
  watch(qos: 0 | 1): void {
    this.#watches[qos].watch();
  }

  /** Something is to be taken where nothing was before. */
  begin(qos: 0 | 1): void {
    this.#watches[qos].progress();
  }

  /** Something was taken, or acknowledged. */
  progress(qos: 0 | 1): void {
    const watch = this.#watches[qos];
    const filling = this.#events.filling(qos);
    watch.progress();
    if (filling < 1) watch.stop();
    if (filling <= recovered) watch.lagging = false;
    this.#events.progressed();
  }

  /** Begins anew, as if nothing had been. */
  reset(): void {
    for (const watch of this.#watches) {
      watch.stop();
      watch.progress();
      watch.lagging = false;
    }
  }

  stop(): void {
    for (const watch of this.#watches) watch.stop();
  }
}

/** How much of what the limits allow is used. */
export function fillingOf(
  limits: Limits,
  qos: 0 | 1,
  { events, bytes }: { readonly events: number; readonly bytes: number },
): number {
  return qos === 0
    ? Math.max(events / limits.outboxEvents, bytes / limits.outboxBytes)
    : Math.max(events / limits.unacknowledgedEvents, bytes / limits.unacknowledgedBytes);
}

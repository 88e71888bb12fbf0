import type { Timestamp } from '../hybrid-clock.ts';

/** One operation that somebody did in a random history, as intentions are stated over it. */
export interface HistoryEvent {
  /** Place among all events of the history, from 0. */
  readonly index: number;
  /** Name of the operation. */
  readonly operation: string;
  /** What it was called with. */
  readonly args: unknown;
  readonly writer: string;
  /** What the writer's clock showed. */
  readonly at: Timestamp;
  /** Whether the writer knew `other` when it did this. */
  saw(other: HistoryEvent): boolean;
}

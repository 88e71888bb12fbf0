import { LimitExceededError, MaculaError, type NodeId } from '@macula/core';

/**
 * Why a subscriber did not get an event. `gone`: its node failed or left; `slow`: it has not acknowledged anything for
 * `slowAcknowledgementLimitMs`; `expired`: the event's time ran out first; `refused`: its handler threw EventRefusedError.
 */
export type UndeliveredReason = 'gone' | 'slow' | 'expired' | 'refused';

/** One subscriber that an event of quality of service 1 did not reach. */
export interface Undelivered {
  readonly node: NodeId;
  readonly reason: UndeliveredReason;
}

/** An event of quality of service 1 will not reach the subscribers in `undelivered`; all others have acknowledged it. */
export class UndeliveredError extends MaculaError {
  readonly code = 'macula.pubsub.undelivered';
  readonly undelivered: readonly Undelivered[];

  constructor(topic: string, undelivered: readonly Undelivered[]) {
    const names = undelivered.slice(0, 5).map(({ node, reason }) => `${node.key} (${reason})`);
    const more = undelivered.length > 5 ? ` and ${undelivered.length - 5} more` : '';
    super(
      `an event on ${topic} was not acknowledged by ${names.join(', ')}${more}; publish it again if it still matters`,
    );
    this.undelivered = undelivered;
  }
}

/**
 * To be thrown by a handler, or what its promise rejects with, when an event of quality of service 1 is not to count as delivered: its
 * publisher learns that it was refused. All other failures of handlers are their node's own affair.
 */
export class EventRefusedError extends MaculaError {
  readonly code = 'macula.pubsub.event_refused';
}

/** The encoded value is larger than `maxPayloadBytes`. */
export class PayloadTooLargeError extends LimitExceededError {
  override readonly code = 'macula.pubsub.payload_too_large';
}

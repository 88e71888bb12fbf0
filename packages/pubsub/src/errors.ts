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

/**
 * An event of quality of service 1 will not be acknowledged by the subscribers in `undelivered`, nor perhaps by `unnamed` more; all others
 * have acknowledged it. Where it went straight all are named. Of what goes along a tree the publisher has heard some of the names, a
 * moment ago, and knows how many are in the branches that have not acknowledged it.
 */
export class UndeliveredError extends MaculaError {
  readonly code = 'macula.pubsub.undelivered';
  readonly undelivered: readonly Undelivered[];
  /** How many more may not have acknowledged it. */
  readonly unnamed: number;

  constructor(topic: string, undelivered: readonly Undelivered[], unnamed = 0) {
    const names = undelivered.map(({ node, reason }) => `${node.key} (${reason})`);
    super(
      `an event on ${topic} was not acknowledged by ${listOf(names, unnamed)}; publish it again if it still matters`,
    );
    this.undelivered = undelivered;
    this.unnamed = unnamed;
  }
}

/** A few of the names, and how many more there are, and may be. */
export function listOf(names: readonly string[], unnamed: number): string {
  const parts = names.length > 0 ? [names.slice(0, 5).join(', ')] : [];
  if (names.length > 5) parts.push(`${names.length - 5} more`);
  if (unnamed > 0) parts.push(`perhaps ${unnamed} ${names.length > 0 ? 'others' : 'subscribers'}`);
  return parts.join(' and ');
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

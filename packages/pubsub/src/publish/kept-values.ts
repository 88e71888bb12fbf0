import { LimitExceededError } from '@macula/core';
import type { OutgoingTopic } from './outgoing-topic.ts';
import type { Publication } from './publication.ts';

/** Bounds the values that this node keeps for later subscribers of its topics. */
export class KeptValues {
  readonly #maxValues: number;
  readonly #maxBytes: number;
  #values = 0;
  #bytes = 0;

  constructor(maxValues: number, maxBytes: number) {
    this.#maxValues = maxValues;
    this.#maxBytes = maxBytes;
  }

  /** Throws LimitExceededError when there is no room for `publication` as the topic's kept value. */
  check(topic: OutgoingTopic, publication: Publication): void {
    if (!publication.retain || publication.clears) return;
    const values = this.#values + (topic.kept === undefined ? 1 : 0);
    const bytes = this.#bytes + lengthOf(publication) - lengthOf(topic.kept);
    if (values <= this.#maxValues && bytes <= this.#maxBytes) return;
    throw new LimitExceededError(
      `this node keeps ${this.#values} values of ${this.#bytes} bytes: clear some by publishing undefined with retain, or raise maxRetained and maxRetainedBytes`,
    );
  }

  /** Makes `publication` the topic's kept value, or clears it. */
  keep(topic: OutgoingTopic, publication: Publication): void {
    if (!publication.retain) return;
    const kept = publication.clears ? undefined : publication;
    this.#values += (kept === undefined ? 0 : 1) - (topic.kept === undefined ? 0 : 1);
    this.#bytes += lengthOf(kept) - lengthOf(topic.kept);
    topic.kept = kept;
  }

  /** Clears the topic's value if its time is over. */
  expire(topic: OutgoingTopic, now: number): void {
    if (topic.kept === undefined || topic.kept.expiresAt > now) return;
    this.#values--;
    this.#bytes -= lengthOf(topic.kept);
    topic.kept = undefined;
  }
}

function lengthOf(publication: Publication | undefined): number {
  return publication === undefined ? 0 : publication.payload.length + publication.details.length;
}

import type { TopicEvent } from '../topic-event.ts';
import type { IncomingTopic } from './incoming-topic.ts';

interface KeptEvent {
  readonly event: TopicEvent;
  readonly expiresAt: number;
  readonly size: number;
}

/** Bytes that a kept event costs besides its payload, roughly. */
const overhead = 256;

/**
 * The values that publishers keep, as this node has last heard of them: a further subscription of this node gets
 * them from here, at once and before all later events. Bounded; the longest unchanged go first.
 */
export class KeptEvents {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  readonly #events = new Map<IncomingTopic, KeptEvent>();
  #bytes = 0;

  constructor(maxEvents: number, maxBytes: number) {
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes;
  }

  set(topic: IncomingTopic, event: TopicEvent, expiresAt: number, payloadLength: number): void {
    this.delete(topic);
    const size = payloadLength + overhead;
    this.#events.set(topic, { event, expiresAt, size });
    this.#bytes += size;
    for (const oldest of this.#events.keys()) {
      if (this.#events.size <= this.#maxEvents && this.#bytes <= this.#maxBytes) return;
      this.delete(oldest);
    }
  }

  delete(topic: IncomingTopic): void {
    const known = this.#events.get(topic);
    if (known === undefined) return;
    this.#events.delete(topic);
    this.#bytes -= known.size;
  }

  entries(): Iterable<[IncomingTopic, KeptEvent]> {
    return this.#events;
  }

  clear(): void {
    this.#events.clear();
    this.#bytes = 0;
  }
}

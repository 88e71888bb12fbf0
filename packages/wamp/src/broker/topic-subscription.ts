import type { Counter, Logger, Pattern } from '@macula/core';
import type { Dict } from '../dict.ts';
import type { Interest, InterestParts } from '../interest/interest-table.ts';
import type { WampMessage } from '../message/message.ts';
import type { Serializer } from '../serializer/serializer.ts';
import type { ClientSession } from '../session/client-session.ts';
import { eventDetails, type Publication } from './publication.ts';

export interface TopicSubscriptionParts extends InterestParts {
  readonly events: Counter;
  readonly logger: Logger;
}

/** All sessions that subscribe to one pattern. */
export class TopicSubscription implements Interest {
  readonly id: number;
  readonly pattern: Pattern;
  readonly sessions = new Set<ClientSession>();
  readonly #parts: TopicSubscriptionParts;

  constructor(parts: TopicSubscriptionParts) {
    this.id = parts.id;
    this.pattern = parts.pattern;
    this.#parts = parts;
  }

  get details(): Dict {
    const { id, created, uri, pattern } = this.#parts;
    return { id, created, uri, match: pattern.match };
  }

  has(session: ClientSession): boolean {
    return this.sessions.has(session);
  }

  add(session: ClientSession): void {
    this.sessions.add(session);
  }

  delete(session: ClientSession): void {
    this.sessions.delete(session);
  }

  /** Sends an event to whom it is for; it is written once for each serialization. */
  deliver(publication: Publication, sessions: Iterable<ClientSession> = this.sessions): void {
    const { audience, excluded } = publication;
    let written: Map<Serializer, string | Uint8Array | undefined> | undefined;
    for (const session of sessions) {
      if (session === excluded || audience?.includes(session) === false) continue;
      const { serializer } = session;
      written ??= new Map();
      if (!written.has(serializer)) written.set(serializer, this.#write(serializer, publication));
      const data = written.get(serializer);
      if (data === undefined) continue;
      this.#parts.events.inc();
      session.sendEncoded(data);
    }
  }

  #write(serializer: Serializer, publication: Publication): string | Uint8Array | undefined {
    const message: WampMessage<'event'> = {
      type: 'event',
      subscription: this.id,
      publication: publication.id,
      details: eventDetails(publication, this.pattern.match !== 'exact'),
      args: publication.args,
      kwargs: publication.kwargs,
    };
    try {
      return serializer.encode(message);
    } catch (error) {
      const { subprotocol } = serializer;
      const { topic } = publication;
      this.#parts.logger.warn({ error, topic, subprotocol }, 'an event cannot be written');
      return undefined;
    }
  }
}

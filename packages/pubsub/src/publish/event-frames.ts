import type { EncodedFrame } from '@macula/core';
import {
  bodyOf,
  EventControl,
  EventControl_Action,
  FrameKind,
  FrameWriter,
  noDetails,
  TopicHeader,
  writeVarint,
} from '@macula/wire';
import {
  maxEventHeaderLength,
  Retention,
  writeDetails,
  writeEventHeader,
  writeHeaderPrefix,
} from '../event-header.ts';
import type { TreeEvent } from '../tree/tree-event.ts';
import type { Publication } from './publication.ts';
import type { OutgoingTopic } from './outgoing-topic.ts';

/** Makes a publisher's frames. Each is valid until the next one is made. */
export class EventFrames {
  readonly #events = new FrameWriter();
  readonly #other = new FrameWriter();
  #header = new Uint8Array(maxEventHeaderLength);
  /** Those of the event that `plain` made last. */
  #details: Uint8Array = noDetails;

  /** An event with no options but details: one encoding for all subscribers. Throws wire's InvalidPayloadError. */
  plain(
    topic: OutgoingTopic,
    sequence: number,
    value: unknown,
    details: Uint8Array = noDetails,
  ): EncodedFrame {
    this.#details = details;
    this.#events.value(bodyOf(value));
    if (details.length > 0) return this.#plain(FrameKind.event, topic.alias, sequence);
    const { header } = topic;
    const length = writeVarint(header, topic.headerPrefix, sequence);
    return this.#events.frame(FrameKind.event, header, length);
  }

  /** The event that `plain` made last, for a tree. */
  plainInTree(alias: number, sequence: number): TreeEvent {
    return treeEvent(this.#plain(FrameKind.treeEvent, alias, sequence), sequence, 0, 0);
  }

  inTree(alias: number, publication: Publication, now: number): TreeEvent {
    const kind = FrameKind.treeEvent;
    const frame = this.#publication(alias, publication, 0, now, keepOf(publication), kind);
    const { sequence, qos } = publication;
    return treeEvent(frame, sequence, qos, millisecondsLeft(publication, now));
  }

  /** A kept value, for those in a tree who have come later. */
  keptInTree(alias: number, publication: Publication, now: number): TreeEvent {
    const kind = FrameKind.treeEvent;
    const frame = this.#publication(alias, publication, 0, now, Retention.kept, kind);
    return treeEvent(frame, publication.sequence, 0, millisecondsLeft(publication, now));
  }

  event(alias: number, publication: Publication, skipped: number, now: number): EncodedFrame {
    return this.#publication(alias, publication, skipped, now, keepOf(publication));
  }

  /** A kept value, for a subscriber that came later. */
  kept(alias: number, publication: Publication, now: number): EncodedFrame {
    return this.#publication(alias, publication, 0, now, Retention.kept);
  }

  topic(topic: OutgoingTopic, base: number, since: number, elsewhere = 0): EncodedFrame {
    const header = TopicHeader.encode({
      alias: topic.alias,
      topic: topic.name,
      epoch: topic.epoch,
      base: BigInt(base),
      since: BigInt(since),
      elsewhere: BigInt(elsewhere),
    }).finish();
    return this.#other.empty().frame(FrameKind.topic, header);
  }

  release(topic: OutgoingTopic): EncodedFrame {
    const { alias, epoch } = topic;
    const action = EventControl_Action.RELEASE;
    const header = EventControl.encode({ action, alias, epoch }).finish();
    return this.#other.empty().frame(FrameKind.eventControl, header);
  }

  #plain(kind: number, alias: number, sequence: number): EncodedFrame {
    const header = this.#headerFor(this.#details);
    const details = writeVarint(header, writeHeaderPrefix(header, alias), sequence);
    return this.#events.frame(kind, header, writeDetails(header, details, this.#details));
  }

  /** Room for a header with such details. */
  #headerFor(details: Uint8Array): Uint8Array {
    const length = maxEventHeaderLength + details.length;
    if (this.#header.length < length) this.#header = new Uint8Array(length);
    return this.#header;
  }

  #publication(
    alias: number,
    publication: Publication,
    skipped: number,
    now: number,
    retention: number,
    kind: number = FrameKind.event,
  ): EncodedFrame {
    const { sequence, qos, disclosed, publishedAt, traceparent, payload } = publication;
    const { details } = publication;
    const header = this.#headerFor(details);
    const length = writeEventHeader(header, {
      alias,
      sequence,
      skipped,
      // A kept value is sent again over every new link, so that it needs no acknowledgement.
      qos: retention === Retention.kept ? 0 : qos,
      retention,
      expiresInMs: millisecondsLeft(publication, now),
      disclosed,
      publishedAt,
      traceparent,
      details,
    });
    return this.#other.payload(payload).frame(kind, header, length);
  }
}

function treeEvent(
  { kind, bytes, start, end }: EncodedFrame,
  sequence: number,
  qos: number,
  expiresInMs: number,
): TreeEvent {
  return { kind, bytes, start, end, sequence, qos, expiresInMs };
}

/** 0: as many as it likes. */
function millisecondsLeft({ expiresAt }: Publication, now: number): number {
  return expiresAt === Infinity ? 0 : Math.max(1, Math.ceil(expiresAt - now));
}

function keepOf(publication: Publication): number {
  return publication.retain ? Retention.keep : Retention.none;
}

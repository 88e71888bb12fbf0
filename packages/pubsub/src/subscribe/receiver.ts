import { type Clock, type FrameView, type Link, ProtocolError } from '@macula/core';
import { decodeDetails, decodePayload, readBody, type ReceivedBody } from '@macula/wire';
import { EventHeaderReader, Retention } from '../event-header.ts';
import { maxAlias } from '../options.ts';
import type { Tally } from '../tally.ts';
import type { TopicEvent } from '../topic-event.ts';
import type { Feedback } from './feedback.ts';
import { reportGap } from './gap-report.ts';
import type { IncomingTopic } from './incoming-topic.ts';
import type { KeptEvents } from './kept-events.ts';
import type { LocalSubscription } from './local-subscription.ts';
import type { LocalSubscriptions } from './local-subscriptions.ts';
import { OrderedDelivery, type OrderedDeliveryDeps } from './ordered-delivery.ts';
import { type EventPath, PathMerge } from './path-merge.ts';
import type { Source } from './source.ts';
import type { Sources } from './sources.ts';

export interface ReceiverDeps {
  readonly clock: Clock;
  readonly tally: Tally;
  readonly sources: Sources;
  readonly subscriptions: LocalSubscriptions;
  readonly kept: KeptEvents;
  readonly feedback: Feedback;
  readonly delivery: OrderedDeliveryDeps;
  /** How long events wait for earlier ones that come another way. */
  readonly reorderMs: number;
}

const emptyBody: ReceivedBody = { args: [], kwargs: {}, payload: undefined };
const nobody: readonly LocalSubscription[] = [];

/** Takes EVENT frames: finds whom they are for, sorts out what came before, and hands the rest over. */
export class Receiver {
  readonly #deps: ReceiverDeps;
  readonly #header = new EventHeaderReader();

  constructor(deps: ReceiverDeps) {
    this.#deps = deps;
  }

  /** Handles one frame. Throws ProtocolError for what has no event header. */
  receive(link: Link, frame: FrameView): void {
    const { sources } = this.#deps;
    const header = this.#header;
    header.read(frame.bytes, frame.headerStart, frame.headerEnd);
    const source = sources.of(link);
    const topic = source.topics[header.alias];
    if (topic === undefined) return this.#unknown(source, header.alias);
    if (topic.merge === undefined) this.#receive(topic, frame);
    else this.#mergeIn(topic, frame, source);
  }

  /** Handles an event that came another way than over a link from its publisher. Throws ProtocolError. */
  receiveVia(path: EventPath, topic: IncomingTopic, frame: FrameView): void {
    this.#header.read(frame.bytes, frame.headerStart, frame.headerEnd);
    if (topic.merge === undefined) this.#receive(topic, frame);
    else this.#mergeIn(topic, frame, path);
  }

  /** From now on events come over another way: what is up to `until` may still come over a former one. */
  expectOtherWay(topic: IncomingTopic, until: number, path: EventPath): void {
    if (topic.merge !== undefined) return topic.merge.extend(until, path);
    if (topic.last >= until || topic.interrupted) return;
    const { clock, delivery, reorderMs } = this.#deps;
    const { maxEvents, maxBytes } = delivery;
    const options = { clock, waitMs: reorderMs, maxEvents, maxBytes };
    topic.merge = new PathMerge(options, until, path, () => this.#endMerge(topic));
  }

  #mergeIn(topic: IncomingTopic, frame: FrameView, path: EventPath): void {
    const { sequence, skipped, retention } = this.#header;
    const previous = sequence - 1 - skipped;
    const early = previous > topic.last && retention !== Retention.kept && !topic.refusing;
    if (early && topic.merge?.hold(frame, sequence, previous, path) === true) return;
    if (early) {
      this.#endMerge(topic);
      this.#header.read(frame.bytes, frame.headerStart, frame.headerEnd);
    }
    this.#receive(topic, frame);
    const { merge } = topic;
    for (let held = merge?.next(topic.last); held; held = merge?.next(topic.last)) {
      this.#receiveHeld(topic, held.frame);
    }
    if (merge !== undefined && topic.last >= merge.until) this.#endMerge(topic);
  }

  #endMerge(topic: IncomingTopic): void {
    const { merge } = topic;
    topic.merge = undefined;
    merge?.close();
    for (let held = merge?.take(); held; held = merge?.take()) {
      this.#receiveHeld(topic, held.frame);
    }
  }

  #receiveHeld(topic: IncomingTopic, frame: FrameView): void {
    this.#header.read(frame.bytes, frame.headerStart, frame.headerEnd);
    this.#receive(topic, frame);
  }

  /** Takes the event whose header was read last. */
  #receive(topic: IncomingTopic, frame: FrameView): void {
    const { tally } = this.#deps;
    const header = this.#header;
    const subscriptions = topic.subscriptions(this.#deps.subscriptions);
    if (!header.plain) return this.#receiveSpecial(topic, subscriptions, frame);
    const { sequence } = header;
    if (
      (sequence !== topic.last + 1 || topic.interrupted || topic.refusing) &&
      !this.#isNew(topic, subscriptions, sequence, sequence - 1)
    ) {
      return;
    }
    topic.last = sequence;
    tally.received++;
    tally.touch();
    if (subscriptions.length === 0) return tally.dropped('unwanted');
    const body = this.#readBody(frame);
    if (body === undefined) return;
    const event: TopicEvent = {
      topic: topic.name,
      args: body.args,
      kwargs: body.kwargs,
      payload: body.payload,
      publisher: undefined,
      sequence,
      retained: false,
      publishedAt: undefined,
      traceparent: undefined,
      qos: 0,
      details: header.details.length === 0 ? undefined : decodeDetails(header.details),
    };
    if (topic.delivery !== undefined && !topic.delivery.idle) {
      if (!this.#deliver(topic, subscriptions, event, Infinity, frame)) {
        this.#overflowed(topic, subscriptions, sequence);
      }
      return;
    }
    for (let i = 0; i < subscriptions.length; i++) {
      void (subscriptions[i] as LocalSubscription).deliver(event, Infinity);
    }
  }

  #unknown(source: Source, alias: number): void {
    if (alias < 1 || alias > maxAlias) {
      throw new ProtocolError(`an event's alias must be 1 to ${maxAlias}, got ${alias}`);
    }
    this.#deps.tally.dropped('unknown_alias');
    this.#deps.feedback.askFor(source, alias);
  }

  /** Whether a sequence has its turn; reports what is missing before it. */
  #isNew(
    topic: IncomingTopic,
    subscriptions: readonly LocalSubscription[],
    sequence: number,
    previous: number,
  ): boolean {
    const { tally } = this.#deps;
    if (topic.refusing || sequence <= topic.last) {
      tally.dropped(topic.refusing ? 'no_room' : 'duplicate');
      return false;
    }
    if (topic.interrupted) topic.interrupted = subscriptions.length === 0;
    else if (previous > topic.last) {
      reportGap(tally, topic, subscriptions, topic.last + 1, previous);
    }
    return true;
  }

  /** Handlers have fallen too far behind for one more plain event. */
  #overflowed(
    topic: IncomingTopic,
    subscriptions: readonly LocalSubscription[],
    sequence: number,
  ): void {
    this.#deps.tally.dropped('queue_overflow');
    reportGap(this.#deps.tally, topic, subscriptions, sequence, sequence);
  }

  /** An event whose header says more than alias and sequence. */
  #receiveSpecial(
    topic: IncomingTopic,
    subscriptions: readonly LocalSubscription[],
    frame: FrameView,
  ): void {
    const { clock, tally, feedback } = this.#deps;
    const { sequence, skipped, expiresInMs, retention, qos } = this.#header;
    const expiresAt = expiresInMs === 0 ? Infinity : clock.now() + expiresInMs;
    if (retention === Retention.kept) {
      return this.#receiveKept(topic, subscriptions, frame, expiresAt);
    }
    if (!this.#isNew(topic, subscriptions, sequence, sequence - 1 - skipped)) {
      if (qos > 0 && !topic.refusing) feedback.acknowledge(topic);
      return;
    }
    const body = subscriptions.length === 0 ? undefined : this.#readBody(frame);
    const event = this.#event(topic, body ?? emptyBody, false);
    const readers = body === undefined ? nobody : subscriptions;
    if (!this.#deliver(topic, readers, event, expiresAt, frame)) {
      topic.refusing = qos > 0;
      if (qos > 0) return tally.dropped('no_room');
      this.#overflowed(topic, subscriptions, sequence);
    }
    topic.last = sequence;
    tally.received++;
    tally.touch();
    if (subscriptions.length === 0) tally.dropped('unwanted');
    else if (retention === Retention.keep) this.#keep(topic, event, expiresAt, frame);
  }

  /** A value that was published before, and may have arrived before. */
  #receiveKept(
    topic: IncomingTopic,
    subscriptions: readonly LocalSubscription[],
    frame: FrameView,
    expiresAt: number,
  ): void {
    const { tally } = this.#deps;
    if (topic.refusing) return tally.dropped('no_room');
    if (this.#header.sequence <= topic.keptSequence) return tally.dropped('duplicate');
    if (subscriptions.length === 0) return tally.dropped('unwanted');
    const body = this.#readBody(frame);
    if (body === undefined) return;
    const event = this.#event(topic, body, true);
    this.#keep(topic, event, expiresAt, frame);
    const readers = subscriptions.filter((subscription) => subscription.wantsRetained);
    if (!this.#deliver(topic, readers, event, expiresAt, frame)) tally.dropped('queue_overflow');
  }

  #keep(topic: IncomingTopic, event: TopicEvent, expiresAt: number, frame: FrameView): void {
    const { kept } = this.#deps;
    topic.keptSequence = event.sequence;
    if (event.payload === undefined) kept.delete(topic);
    else {
      const length = frame.payloadEnd - frame.headerEnd;
      kept.set(topic, { ...event, retained: true, qos: 0 }, expiresAt, length);
    }
  }

  #event(topic: IncomingTopic, body: ReceivedBody, retained: boolean): TopicEvent {
    const { sequence, disclosed, publishedAt, traceparent, qos, details } = this.#header;
    return {
      topic: topic.name,
      args: body.args,
      kwargs: body.kwargs,
      payload: body.payload,
      publisher: disclosed ? topic.publisher : undefined,
      sequence,
      retained,
      publishedAt: publishedAt === 0 ? undefined : publishedAt,
      traceparent: traceparent === '' ? undefined : traceparent,
      qos: qos > 0 ? 1 : 0,
      details: decodeDetails(details),
    };
  }

  /** False when the topic's queue is full. */
  #deliver(
    topic: IncomingTopic,
    subscriptions: readonly LocalSubscription[],
    event: TopicEvent,
    expiresAt: number,
    frame: FrameView,
  ): boolean {
    const { delivery, feedback } = this.#deps;
    topic.delivery ??= new OrderedDelivery(delivery, {
      relaxed: () => {
        if (topic.refusing) feedback.restart(topic);
      },
      expired: ({ event: { sequence, retained }, subscriptions: readers }) => {
        if (!retained) reportGap(this.#deps.tally, topic, readers, sequence, sequence);
      },
    });
    const { epoch } = topic;
    const handled = (isRefused: boolean): void => {
      if (topic.epoch !== epoch) return;
      if (isRefused) feedback.refuse(topic, event.sequence);
      topic.handled = event.sequence;
      feedback.acknowledge(topic);
    };
    return topic.delivery.accept({
      event,
      subscriptions,
      expiresAt,
      size: frame.payloadEnd - frame.headerEnd,
      handled: event.qos === 1 ? handled : undefined,
    });
  }

  #readBody(frame: FrameView): ReceivedBody | undefined {
    try {
      return readBody(decodePayload(frame));
    } catch {
      this.#deps.tally.dropped('malformed');
      return undefined;
    }
  }
}

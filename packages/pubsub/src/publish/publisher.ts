import { AbortedError, type Clock, TimeoutError, type TimerWheel } from '@macula/core';
import { encodeDetails, noDetails } from '@macula/wire';
import { listOf } from '../errors.ts';
import type { Limits } from '../options.ts';
import type { Tally } from '../tally.ts';
import { Admission, type Patience } from './admission.ts';
import type { EventFrames } from './event-frames.ts';
import { KeptValues } from './kept-values.ts';
import type { OutgoingTopic } from './outgoing-topic.ts';
import type { OutgoingTopics } from './outgoing-topics.ts';
import { checkPayloadLength, createPublication, type Publication } from './publication.ts';
import type { AudienceOptions, PublishOptions } from './publish-options.ts';
import { Receipt } from './receipt.ts';
import type { Target } from './target.ts';
import { TurnBudget } from './turn-budget.ts';

export interface PublisherDeps {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly limits: Limits;
  readonly tally: Tally;
  readonly frames: EventFrames;
  readonly topics: OutgoingTopics;
  readonly admission: Admission;
  readonly kept: KeptValues;
  /** Brings a publication to this node's own subscriptions. */
  readonly deliverLocally: (topic: OutgoingTopic, publication: Publication) => void;
  /** Whether there are such, for a publication with these options. */
  readonly isHeardLocally: (topic: string, options: AudienceOptions | undefined) => boolean;
}

/** The sending side. Plain events to subscribers that keep up take the short way: one encoding, one send per link. */
export class Publisher {
  readonly #deps: PublisherDeps;
  readonly #topics: OutgoingTopics;
  readonly #budget: TurnBudget;
  /** Ends the waits for acknowledgements. */
  readonly #leavers = new Set<(error: Error) => void>();

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
    this.#topics = deps.topics;
    this.#budget = new TurnBudget(deps.clock);
  }

  publish(name: string, value: unknown, options: PublishOptions | undefined): Promise<void> {
    const topic = this.#topics.get(name);
    const direct =
      topic !== undefined &&
      isDirect(topic) &&
      (options === undefined ||
        (isPlain(options) && (topic.subscribers === 0 || isForAll(options)))) &&
      !this.#deps.isHeardLocally(name, options);
    return direct
      ? this.#publishDirectly(topic, value, options)
      : this.#publishWith(name, value, options);
  }

  /** Whether an event would go to anybody, as far as known. */
  isHeard(name: string, options: AudienceOptions | undefined): boolean {
    let topic: OutgoingTopic;
    try {
      topic = this.#topics.open(name);
    } catch {
      // Publishing says why.
      return true;
    }
    topic.used = true;
    const known = topic.ready && topic.waiting === 0;
    return !known || topic.subscribers > 0 || this.#deps.isHeardLocally(name, options);
  }

  /** Rejects what waits. */
  close(error: Error): void {
    this.#deps.admission.close(error);
    for (const leave of [...this.#leavers]) leave(error);
  }

  #publishDirectly(
    topic: OutgoingTopic,
    value: unknown,
    options: PublishOptions | undefined,
  ): Promise<void> {
    const { frames, tally, limits } = this.#deps;
    const { targets, fanout } = topic;
    const sequence = topic.sequence + 1;
    let length = 0;
    if (targets.length > 0 || fanout !== undefined) {
      try {
        const told = options?.details;
        const details = told === undefined ? noDetails : encodeDetails(told);
        const frame = frames.plain(topic, sequence, value, details);
        length = frame.end - frame.start - details.length;
        if (length > limits.maxPayloadBytes) checkPayloadLength(length, limits.maxPayloadBytes);
        topic.sequence = sequence;
        for (let i = 0; i < targets.length; i++) {
          const target = targets[i] as Target;
          target.last = sequence;
          if (target.subscriber.direct?.send(frame) === true) tally.sent++;
          else this.#refused(target, sequence, value, options);
        }
        fanout?.sendPlain(sequence);
      } catch (error) {
        return Promise.reject(error as Error);
      }
    }
    topic.sequence = sequence;
    topic.used = true;
    tally.published++;
    tally.touch();
    return this.#budget.spend(length);
  }

  /** A link is full: the event waits in its subscriber's outbox. */
  #refused(
    target: Target,
    sequence: number,
    value: unknown,
    options: PublishOptions | undefined,
  ): void {
    const { clock, limits } = this.#deps;
    const publication = createPublication(value, options, clock, limits.maxPayloadBytes);
    publication.sequence = sequence;
    target.subscriber.refused(target, publication);
  }

  #publishWith(name: string, value: unknown, options: PublishOptions | undefined): Promise<void> {
    try {
      const { admission, clock, kept, limits } = this.#deps;
      const topic = this.#topics.open(name);
      topic.used = true;
      const publication = createPublication(value, options, clock, limits.maxPayloadBytes);
      const timeout = options?.timeout ?? limits.publishTimeoutMs;
      const signal = options?.signal;
      const patience = { deadline: clock.now() + timeout, timeout, signal };
      if (signal?.aborted === true) throw abortedBy(signal, name);
      if (!admission.admits(topic, publication)) {
        return admission
          .wait(topic, publication, patience, (admitted) => this.#accept(topic, admitted))
          .then(() => this.#confirmed(topic, publication, patience));
      }
      kept.check(topic, publication);
      this.#accept(topic, publication);
      return this.#confirmed(topic, publication, patience);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** Gives the publication its number and sends it on its ways. */
  #accept(topic: OutgoingTopic, publication: Publication): void {
    const { kept, tally, deliverLocally } = this.#deps;
    kept.check(topic, publication);
    if (publication.audience !== undefined) topic.fanout?.dissolveForLists();
    publication.sequence = ++topic.sequence;
    if (publication.qos === 1) publication.receipt = new Receipt(topic.name);
    kept.keep(topic, publication);
    for (const target of topic.targets) {
      if (publication.audience?.includes(target.subscriber.id) === false) continue;
      target.subscriber.offer(target, publication);
    }
    topic.fanout?.offer(publication);
    tally.published++;
    tally.touch();
    deliverLocally(topic, publication);
    publication.receipt?.seal();
  }

  /** Waits for acknowledgements, where the publication asks for them. */
  #confirmed(topic: OutgoingTopic, publication: Publication, patience: Patience): Promise<void> {
    const { receipt } = publication;
    if (receipt === undefined) return this.#budget.spend(publication.payload.length);
    const { clock, wheel } = this.#deps;
    const { deadline, timeout, signal } = patience;
    const leave = (error: Error): void => {
      for (const obligation of receipt.abandon(error)) obligation.withdraw();
    };
    const onTimeout = (): void =>
      leave(
        new TimeoutError(
          `an event on ${topic.name} was not acknowledged within ${timeout} ms by ${debtorsIn(receipt)}`,
        ),
      );
    const onAbort = (): void => leave(abortedBy(signal, topic.name));
    const timer =
      timeout === Infinity ? undefined : wheel.schedule(onTimeout, deadline - clock.now());
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#leavers.add(leave);
    const release = (): void => {
      timer?.cancel();
      signal?.removeEventListener('abort', onAbort);
      this.#leavers.delete(leave);
    };
    receipt.promise.then(release, release);
    return receipt.promise;
  }
}

/** Whether a plain event can go straight onto the links of all subscribers. */
function isDirect(topic: OutgoingTopic): boolean {
  if (!topic.ready || topic.waiting > 0) return false;
  const { targets, sequence } = topic;
  if (topic.fanout?.direct === false) return false;
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i] as Target;
    if (target.last !== sequence || target.readyOn === undefined) return false;
    if (target.readyOn !== target.subscriber.direct) return false;
  }
  return true;
}

/** Whether the options ask for nothing but details where all subscribers get the same. */
function isForAll({ exclude, eligible, disclose, timestamp }: PublishOptions): boolean {
  return exclude === undefined && eligible === undefined && disclose !== true && timestamp !== true;
}

/** Whether the options make no difference where nobody gets the event. */
function isPlain({
  qos,
  retain,
  expiry,
  traceparent,
  backpressure,
  timeout,
  signal,
}: PublishOptions) {
  return (
    (qos ?? 0) === 0 &&
    retain !== true &&
    expiry === undefined &&
    traceparent === undefined &&
    backpressure === undefined &&
    timeout === undefined &&
    signal === undefined
  );
}

function abortedBy(signal: AbortSignal | undefined, name: string): AbortedError {
  return new AbortedError(`publishing on ${name} was aborted`, { cause: signal?.reason });
}

function debtorsIn({ outstanding: { named, unnamed } }: Receipt): string {
  return listOf(
    named.map((node) => node.key),
    unnamed,
  );
}

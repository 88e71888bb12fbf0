import {
  AbortedError,
  type Clock,
  LimitExceededError,
  type Timer,
  type TimerWheel,
  TimeoutError,
} from '@macula/core';
import type { Publication } from './publication.ts';
import type { OutgoingTopic } from './outgoing-topic.ts';

/** How long somebody waits, and what may end the wait. */
export interface Patience {
  /** By the monotonic clock. */
  readonly deadline: number;
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

interface Waiting {
  readonly publication: Publication;
  readonly accept: (publication: Publication) => void;
  readonly reject: (error: Error) => void;
  release: () => void;
}

/**
 * The door to a topic: publications enter in the order of their publication, once the topic's subscribers are known and
 * have room. One that leaves the line, at its deadline or aborted, was sent to nobody.
 */
export class Admission {
  readonly #clock: Clock;
  readonly #wheel: TimerWheel;
  readonly #limit: number;
  /** In the order of their publication. */
  readonly #lines = new Map<OutgoingTopic, Set<Waiting>>();
  /** Topics whose line is moving. */
  readonly #moving = new Set<OutgoingTopic>();
  #count = 0;

  constructor(clock: Clock, wheel: TimerWheel, limit: number) {
    this.#clock = clock;
    this.#wheel = wheel;
    this.#limit = limit;
  }

  /** Whether `publication` need not wait. */
  admits(topic: OutgoingTopic, publication: Publication): boolean {
    if (topic.waiting > 0 || !topic.ready) return false;
    const blocker = topic.blocker(publication);
    blocker?.watchStall(publication.qos);
    return blocker === undefined;
  }

  /** Waits in the topic's line; `accept` runs when the publication is admitted. Throws LimitExceededError, TimeoutError, AbortedError. */
  wait(
    topic: OutgoingTopic,
    publication: Publication,
    patience: Patience,
    accept: (publication: Publication) => void,
  ): Promise<void> {
    if (this.#count >= this.#limit) {
      throw new LimitExceededError(
        `${this.#limit} publications wait already: await publish() before the next one, or raise maxWaiting`,
      );
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        publication,
        accept: (admitted) => {
          accept(admitted);
          resolve();
        },
        reject,
        release: () => undefined,
      };
      this.#limitWait(topic, waiting, patience);
      let line = this.#lines.get(topic);
      if (line === undefined) this.#lines.set(topic, (line = new Set()));
      line.add(waiting);
      topic.waiting++;
      this.#count++;
    });
  }

  /** Admits what can be admitted now. */
  pump(): void {
    for (const topic of this.#lines.keys()) this.pumpTopic(topic);
  }

  pumpTopic(topic: OutgoingTopic): void {
    const line = this.#lines.get(topic);
    // What is admitted makes room on its way to the first subscriber: the next one must not overtake it on the way to the second.
    if (line === undefined || !topic.ready || this.#moving.has(topic)) return;
    this.#moving.add(topic);
    this.#move(topic, line);
    this.#moving.delete(topic);
  }

  #move(topic: OutgoingTopic, line: ReadonlySet<Waiting>): void {
    for (const waiting of line) {
      const { publication } = waiting;
      const blocker = topic.blocker(publication);
      if (blocker !== undefined) return blocker.watchStall(publication.qos);
      this.#leave(topic, waiting);
      try {
        waiting.accept(publication);
      } catch (error) {
        waiting.reject(error as Error);
      }
    }
    this.#lines.delete(topic);
  }

  /** Rejects everybody who waits. */
  close(error: Error): void {
    for (const [topic, line] of this.#lines) {
      for (const waiting of line) {
        this.#leave(topic, waiting);
        waiting.reject(error);
      }
    }
    this.#lines.clear();
  }

  #limitWait(topic: OutgoingTopic, waiting: Waiting, patience: Patience): void {
    const { deadline, timeout, signal } = patience;
    const leave = (error: Error): void => {
      this.#leave(topic, waiting);
      waiting.reject(error);
      this.pumpTopic(topic);
    };
    const onAbort = (): void =>
      leave(new AbortedError(`publishing on ${topic.name} was aborted`, { cause: signal?.reason }));
    const onTimeout = (): void =>
      leave(new TimeoutError(`publishing on ${topic.name} found no room within ${timeout} ms`));
    const timer: Timer | undefined =
      timeout === Infinity
        ? undefined
        : this.#wheel.schedule(onTimeout, deadline - this.#clock.now());
    signal?.addEventListener('abort', onAbort, { once: true });
    waiting.release = () => {
      timer?.cancel();
      signal?.removeEventListener('abort', onAbort);
    };
  }

  #leave(topic: OutgoingTopic, waiting: Waiting): void {
    this.#lines.get(topic)?.delete(waiting);
    topic.waiting--;
    this.#count--;
    waiting.release();
  }
}

import type { OutgoingTopic } from '../outgoing-topic.ts';
import type { Target } from '../target.ts';

/** Those who have come to a topic when too many were served straight already: the next tree is to serve them. */
export class WaitingNewcomers {
  readonly #topic: OutgoingTopic;
  readonly #targets = new Set<Target>();

  constructor(topic: OutgoingTopic) {
    this.#topic = topic;
  }

  get size(): number {
    return this.#targets.size;
  }

  has(target: Target): boolean {
    return this.#targets.has(target);
  }

  /** Takes somebody out of those who are served straight. */
  add(target: Target): void {
    this.#topic.targets.splice(this.#topic.targets.indexOf(target), 1);
    target.subscriber.entrust(target);
    this.#targets.add(target);
  }

  /** A tree serves the target, or it is not to be served any more. False when it did not wait. */
  delete(target: Target): boolean {
    return this.#targets.delete(target);
  }

  /** Serves straight who is not to wait any longer. */
  admit(which: (target: Target) => boolean = () => true): void {
    for (const target of this.#targets) {
      if (!which(target)) continue;
      this.#targets.delete(target);
      this.#topic.targets.push(target);
      target.subscriber.admit(target);
    }
  }

  clear(): void {
    this.#targets.clear();
  }
}

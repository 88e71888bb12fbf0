import { LimitExceededError, RequestFailedError } from '@macula/core';
import type { Contact } from './contact.ts';
import type { Notifier } from './notifier.ts';
import type { SignedRecord } from './record.ts';

/** Most relays under way at a time. */
const maxUnderWay = 256;
/** Records of which is remembered how often they were passed on. */
const rememberedRecords = 4_096;

/**
 * Passes on what this node was told, as its place in a replica's tree of watchers asks it to. It passes on only records that it
 * has verified under keys that it watches itself, each a few times (every replica has its own tree, and a lost forwarder's place is
 * taken by another), so that nobody can have it flood others with one message again and again.
 */
export class NotificationRelay {
  readonly #notifier: Notifier;
  readonly #timesEach: number;
  /** Longest unseen first. */
  readonly #times = new Map<bigint, number>();
  #underWay = 0;
  #stopped = false;

  constructor(notifier: Notifier, timesEach: number) {
    this.#notifier = notifier;
    this.#timesEach = timesEach;
  }

  stop(): void {
    this.#stopped = true;
    this.#times.clear();
  }

  /**
   * Tells `watchers`, in the background. Throws RequestFailedError when there is nothing to tell, and LimitExceededError when too much
   * is under way: the sender then asks another.
   */
  pass(records: readonly SignedRecord[], watchers: readonly Contact[]): void {
    if (records.length === 0) {
      throw new RequestFailedError('not_watched', 'this node does not watch what it shall pass on');
    }
    if (this.#underWay >= maxUnderWay || this.#stopped) {
      throw new LimitExceededError(`this node passes on ${maxUnderWay} notifications already`);
    }
    const allowed = records.filter(({ mark }) => this.#count(mark) <= this.#timesEach);
    if (allowed.length === 0) return;
    this.#underWay++;
    const encoded = allowed.map((record) => record.encoded);
    void this.#notifier.spread(watchers, encoded).finally(() => {
      this.#underWay--;
    });
  }

  #count(mark: bigint): number {
    const times = (this.#times.get(mark) ?? 0) + 1;
    this.#times.delete(mark);
    this.#times.set(mark, times);
    if (this.#times.size > rememberedRecords) {
      for (const oldest of this.#times.keys()) {
        this.#times.delete(oldest);
        break;
      }
    }
    return times;
  }
}

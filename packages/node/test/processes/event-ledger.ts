import { type Clock, systemClock } from '@macula/core';
import type { Gap, Resumed, TopicEvent } from '@macula/pubsub';

/** What has become of one publisher's numbered events on one topic. */
export interface EventCount {
  received: number;
  /** Seen before. */
  duplicates: number;
  /** Arrived after a later one. */
  disordered: number;
  /** Numbers below the highest one that have not arrived. */
  missing: number;
  /** The highest number. */
  last: number;
  /** Events that the subscription reported as missing. */
  reportedMissing: number;
  resumed: number;
  /** What resumptions said was missed. */
  missedMeanwhile: number;
  /** Longest time between two deliveries, in milliseconds. */
  longestPause: number;
}

interface Report {
  missing: number;
  resumed: number;
  missed: number;
}

interface Stream {
  readonly count: EventCount;
  readonly absent: Set<number>;
  at: number;
}

/** Who published an event and which of his it is, counted from 1: the arguments of every counted event. */
export type NumberedArgs = readonly [publisher: string, number: number, ...padding: unknown[]];

/** Counts numbered events, each of them, by publisher's name and topic. */
export class EventLedger {
  readonly #clock: Clock;
  readonly #streams = new Map<string, Stream>();
  readonly #reports = new Map<string, Report>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  readonly take = (event: TopicEvent): void => {
    const [publisher, number] = event.args as NumberedArgs;
    const stream = this.#streamOf(`${publisher} ${event.topic}`);
    const { count, absent } = stream;
    const now = this.#clock.now();
    if (count.received > 0) count.longestPause = Math.max(count.longestPause, now - stream.at);
    stream.at = now;
    if (number > count.last) {
      // Who subscribes while somebody publishes begins in the middle.
      const next = count.last === 0 ? number : count.last + 1;
      for (let n = next; n < number; n++) absent.add(n);
      count.last = number;
      count.received++;
    } else if (absent.delete(number)) {
      count.disordered++;
      count.received++;
    } else {
      count.duplicates++;
    }
    count.missing = absent.size;
  };

  readonly gap = ({ topic, from, to }: Gap): void => {
    this.#reportOn(topic).missing += to - from + 1;
  };

  readonly resumed = ({ topic, missed = 0 }: Resumed): void => {
    const report = this.#reportOn(topic);
    report.resumed++;
    report.missed += missed;
  };

  /** Longest pauses are measured from here on. */
  forgetPauses(): void {
    for (const { count } of this.#streams.values()) count.longestPause = 0;
  }

  /** By `publisher topic`. Reports of gaps and resumptions name no publisher by name; every topic of ours has one. */
  counts(): Record<string, EventCount> {
    const counts: Record<string, EventCount> = {};
    for (const [key, { count }] of this.#streams) {
      const report = this.#reports.get(key.slice(key.indexOf(' ') + 1));
      if (report === undefined) {
        counts[key] = { ...count };
      } else {
        const { missing: reportedMissing, resumed, missed: missedMeanwhile } = report;
        counts[key] = { ...count, reportedMissing, resumed, missedMeanwhile };
      }
    }
    return counts;
  }

  #streamOf(key: string): Stream {
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      const zero = { received: 0, duplicates: 0, disordered: 0, missing: 0, last: 0 };
      const count = {
        ...zero,
        reportedMissing: 0,
        resumed: 0,
        missedMeanwhile: 0,
        longestPause: 0,
      };
      this.#streams.set(key, (stream = { count, absent: new Set(), at: 0 }));
    }
    return stream;
  }

  #reportOn(topic: string): Report {
    let report = this.#reports.get(topic);
    if (report === undefined)
      this.#reports.set(topic, (report = { missing: 0, resumed: 0, missed: 0 }));
    return report;
  }
}

import type { Clock } from '@macula/core';
import { EventAck, EventControl, EventControl_Action, FrameKind, FrameWriter } from '@macula/wire';
import type { Tally } from '../tally.ts';
import type { IncomingTopic } from './incoming-topic.ts';
import type { Source } from './source.ts';

/** Acknowledgements are sent at the latest when so many events were handled. */
const acknowledgeAtLeastEvery = 256;
/** Aliases per link that are remembered as asked for. */
const maxAsked = 1_024;

/** Refusals that wait to be told; the oldest count as acknowledged when there are more. */
const maxRefusals = 4_096;

interface Refusal {
  readonly topic: IncomingTopic;
  readonly epoch: bigint;
  readonly sequence: number;
}

/** Tells publishers what was handled, once per event-loop turn, and asks them to start over. */
export class Feedback {
  readonly #clock: Clock;
  readonly #tally: Tally;
  readonly #writer = new FrameWriter();
  readonly #acknowledgements = new Set<IncomingTopic>();
  readonly #restarts = new Set<IncomingTopic>();
  #refusals: Refusal[] = [];
  #handled = 0;
  #scheduled = false;

  constructor(clock: Clock, tally: Tally) {
    this.#clock = clock;
    this.#tally = tally;
  }

  /** Everything of the topic up to `topic.handled` has been handled. */
  acknowledge(topic: IncomingTopic): void {
    for (const place of topic.places) place.handledMore();
    if (topic.source === undefined) return;
    this.#acknowledgements.add(topic);
    if (++this.#handled >= acknowledgeAtLeastEvery) this.flush();
    else this.#schedule();
  }

  /**
   * A handler does not take an event, which is acknowledged after this. Of one that came along a tree nobody can be told.
   */
  refuse(topic: IncomingTopic, sequence: number): void {
    this.#tally.dropped('refused');
    if (topic.source === undefined) return;
    if (this.#refusals.length >= maxRefusals) this.#refusals.shift();
    this.#refusals.push({ topic, epoch: topic.epoch, sequence });
  }

  /** The topic has room again for events that it has refused. */
  restart(topic: IncomingTopic): void {
    for (const place of topic.places) place.leave();
    if (topic.source === undefined) return;
    this.#restarts.add(topic);
    this.#schedule();
  }

  /** The publisher has started over by itself. */
  restarted(topic: IncomingTopic): void {
    this.#restarts.delete(topic);
  }

  /** Events came with an alias that stands for nothing here. */
  askFor(source: Source, alias: number): void {
    if (source.asked.has(alias)) return;
    if (source.asked.size >= maxAsked) source.asked.clear();
    if (this.#sendRestart(source, alias, 0n)) source.asked.add(alias);
  }

  /** Sends what is due; what a link refuses is sent when it has drained. */
  flush(): void {
    this.#handled = 0;
    this.#refusals = this.#refusals.filter((refusal) => !this.#sendRefusal(refusal));
    for (const topic of this.#acknowledgements) {
      const { source, alias, epoch, handled } = topic;
      if (this.#refusals.some((refusal) => refusal.topic === topic)) continue;
      if (source !== undefined) {
        const header = EventAck.encode({ alias, epoch, sequence: BigInt(handled) }).finish();
        const frame = this.#writer.empty().frame(FrameKind.eventAck, header);
        if (!source.link.send(frame)) continue;
        this.#tally.acknowledged();
      }
      this.#acknowledgements.delete(topic);
    }
    for (const topic of this.#restarts) {
      const { source, alias, epoch } = topic;
      if (source === undefined || this.#sendRestart(source, alias, epoch)) {
        this.#restarts.delete(topic);
      }
    }
  }

  clear(): void {
    this.#acknowledgements.clear();
    this.#restarts.clear();
    this.#refusals = [];
  }

  /** False while its link is full. */
  #sendRefusal({ topic, epoch, sequence }: Refusal): boolean {
    const { source, alias } = topic;
    if (source === undefined || topic.epoch !== epoch) return true;
    const action = EventControl_Action.REFUSE;
    const header = EventControl.encode({ action, alias, epoch, sequence: BigInt(sequence) });
    return source.link.send(this.#writer.empty().frame(FrameKind.eventControl, header.finish()));
  }

  #sendRestart(source: Source, alias: number, epoch: bigint): boolean {
    const action = EventControl_Action.RESTART;
    const header = EventControl.encode({ action, alias, epoch }).finish();
    return source.link.send(this.#writer.empty().frame(FrameKind.eventControl, header));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.defer(() => {
      this.#scheduled = false;
      this.flush();
    });
  }
}

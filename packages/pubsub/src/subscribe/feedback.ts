import type { Clock } from '@macula/core';
import { EventAck, EventControl, EventControl_Action, FrameKind, FrameWriter } from '@macula/wire';
import type { Tally } from '../tally.ts';
import { Fifo } from '../fifo.ts';
import type { IncomingTopic } from './incoming-topic.ts';
import type { Refusals } from './refusals.ts';
import type { Source } from './source.ts';

/** Acknowledgements are sent at the latest when so many events were handled. */
const acknowledgeAtLeastEvery = 256;
/** Aliases per link that are remembered as asked for. */
const maxAsked = 1_024;

/** Refusals that are remembered; the oldest count as acknowledged when there are more. */
const maxRefusals = 4_096;

interface Refusal {
  readonly refusals: Refusals;
  readonly sequence: number;
}

/** Tells publishers what was handled, once per event-loop turn, and asks them to start over. */
export class Feedback {
  readonly #clock: Clock;
  readonly #tally: Tally;
  readonly #writer = new FrameWriter();
  readonly #acknowledgements = new Set<IncomingTopic>();
  readonly #restarts = new Set<IncomingTopic>();
  readonly #refusals = new Fifo<Refusal>();
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

  /** A handler does not take an event, which is acknowledged after this. Where it came along a tree, this node leaves that, to be able to say so. */
  refuse({ refusals, alongTree }: IncomingTopic, sequence: number): void {
    this.#tally.dropped('refused');
    refusals.add(sequence, alongTree);
    this.#refusals.push({ refusals, sequence });
    if (this.#refusals.length <= maxRefusals) return;
    const oldest = this.#refusals.shift();
    oldest?.refusals.forget(oldest.sequence);
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

  /** The publisher has begun to send over this link, with what comes after `base`. */
  servedStraight(topic: IncomingTopic, base: number): void {
    if (topic.refusals.begin(base)) this.acknowledge(topic);
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
    for (const topic of this.#acknowledgements) {
      const { source, alias, epoch, handled } = topic;
      if (source !== undefined && !topic.forgotten) {
        if (topic.refusals.withheld || !this.#tellRefusals(topic, source)) continue;
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
    this.#refusals.clear();
  }

  /** False while the link is full. */
  #tellRefusals({ alias, epoch, refusals }: IncomingTopic, { link }: Source): boolean {
    const action = EventControl_Action.REFUSE;
    for (const sequence of refusals.untold) {
      const header = EventControl.encode({ action, alias, epoch, sequence: BigInt(sequence) });
      const frame = this.#writer.empty().frame(FrameKind.eventControl, header.finish());
      if (!link.send(frame)) return false;
      refusals.told(sequence);
    }
    return true;
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

import type { Link, LinkCloseReason, NodeId } from '@macula/core';
import type { Tally } from '../tally.ts';
import type { EventFrames } from './event-frames.ts';
import { introduce } from './introduction.ts';
import { KeptLink, type KeptLinkDeps, type LinkListener } from './kept-link.ts';
import type { Publication } from './publication.ts';
import { Outbox } from './outbox.ts';
import { Parcel } from './parcel.ts';
import { Probation } from './probation.ts';
import { fillingOf, Room } from './room.ts';
import type { Target } from './target.ts';
import { Unacknowledged } from './unacknowledged.ts';

export interface SubscriberDeps extends KeptLinkDeps {
  readonly frames: EventFrames;
  readonly tally: Tally;
  /** A subscriber may have room again. */
  readonly onRoom: () => void;
}

/** One node that subscribes to topics of this one: its link, what waits for it, and what it has to acknowledge. */
export class RemoteSubscriber implements LinkListener {
  readonly id: NodeId;
  readonly targets = new Set<Target>();
  /** The link, while an event can go straight onto it because nothing waits and the peer has room for it. */
  direct: Link | null = null;
  readonly #deps: SubscriberDeps;
  readonly #kept: KeptLink;
  readonly #outbox = new Outbox();
  readonly #unacknowledged: Unacknowledged;
  readonly #probation: Probation;
  /** Topics to tell the subscriber of before anything is published on them. */
  readonly #introductions = new Set<Target>();
  /** Its node failed or left. */
  #gone = false;
  readonly #room: Room;

  constructor(deps: SubscriberDeps, id: NodeId) {
    this.#deps = deps;
    this.id = id;
    this.#unacknowledged = new Unacknowledged(this.#outbox, deps.tally);
    this.#probation = new Probation(deps.limits.outboxBytes);
    this.#kept = new KeptLink(deps, id, this);
    const { clock, limits, onRoom } = deps;
    this.#room = new Room(clock, limits, {
      filling: (qos) => fillingOf(limits, qos, qos === 0 ? this.#outbox : this.#unacknowledged),
      lagging: onRoom,
      progressed: onRoom,
    });
  }

  /** Through whom the subscriber wants to be reached; nobody: directly. */
  set inlets(inlets: readonly NodeId[]) {
    this.#kept.inlets = inlets;
  }

  /** Bytes that are kept for the subscriber. */
  get bytes(): number {
    return this.#outbox.bytes + this.#unacknowledged.bytes;
  }

  /** Whether a publisher need not wait for this subscriber. */
  hasRoom(qos: 0 | 1): boolean {
    return this.#gone || this.#room.has(qos);
  }

  /** A publisher waits for room: should there be no progress for too long, it waits no more. */
  watchStall(qos: 0 | 1): void {
    this.#room.watch(qos);
  }

  /** Sends, queues or drops a publication that was accepted. */
  offer(target: Target, publication: Publication): void {
    const parcel = new Parcel(target, publication, publication.sequence - 1 - target.last);
    target.last = publication.sequence;
    // A node that is known to be gone is no subscriber now; should it come back, it learns of the gap.
    if (this.#gone) return this.#deps.tally.dropped('gone');
    if (publication.qos === 1) {
      publication.receipt?.expect(parcel);
      if (this.#room.isLagging(1) && this.#room.isFull(1))
        return this.#unacknowledged.fail(parcel, 'slow');
      this.#keep(parcel);
    }
    if (this.direct !== null && this.#send(this.direct, parcel)) return;
    this.#queue(parcel);
  }

  /** The link did not take an event that was to go straight onto it. */
  refused(target: Target, publication: Publication): void {
    this.#queue(new Parcel(target, publication, 0));
  }

  /** Starts sending to a new target: a kept value at once. */
  add(target: Target): void {
    this.targets.add(target);
    if (target.entrusted || this.#gone) return;
    if (target.topic.keptFor(this.id) !== undefined) this.#introduce(target);
  }

  /** The subscriber does not want the topic any more, or has failed. */
  remove(target: Target, reason: 'unsubscribed' | 'gone'): void {
    target.closed = true;
    this.targets.delete(target);
    this.#introductions.delete(target);
    const plain = this.#outbox.takePlain((parcel) => parcel.target === target);
    this.#deps.tally.dropped(reason, plain.length);
    this.#unacknowledged.giveUp(target, reason);
    if (this.#kept.link !== undefined && target.topic.released && target.introduced) {
      this.#kept.link.send(this.#deps.frames.release(target.topic));
    }
    this.#deps.onRoom();
  }

  /** The target's events go through a tree from now on. Gives what it has still to acknowledge. */
  entrust(target: Target): Parcel[] {
    target.entrusted = true;
    this.#introductions.delete(target);
    const parcels = this.#unacknowledged.take(target);
    this.#restIfIdle();
    return parcels;
  }

  /** The target's events come straight from here again, beginning with `publications`, which it has to acknowledge. */
  takeBack(target: Target, publications: readonly Publication[]): void {
    this.#serveStraight(target);
    target.elsewhere = target.last;
    if (this.#gone) return;
    for (const publication of publications) {
      const parcel = new Parcel(target, publication, 0);
      publication.receipt?.expect(parcel);
      this.#keep(parcel);
      this.#queue(parcel);
    }
    // It has to know where events come from now, before the next one is published.
    this.#introduce(target);
  }

  /** The target, which has waited for a tree in vain, begins to get events straight from here. */
  admit(target: Target): void {
    this.#serveStraight(target);
    target.joined = target.last;
    if (!this.#gone) this.#introduce(target);
  }

  get gone(): boolean {
    return this.#gone;
  }

  acknowledge(target: Target, sequence: number): void {
    if (this.#unacknowledged.acknowledge(target, sequence)) this.#room.progress(1);
  }

  /** The subscriber does not take one event. */
  refuse(target: Target, sequence: number): void {
    const parcel = this.#unacknowledged.find(target, sequence);
    if (parcel !== undefined) this.#unacknowledged.fail(parcel, 'refused');
    else if (target.entrusted) target.topic.fanout?.refused(target, sequence);
  }

  /** The subscriber asks for a topic's introduction, and for what it has not acknowledged. `forgotten`: it knows nothing of the topic. */
  restart(target: Target, forgotten: boolean): void {
    if (target.entrusted) target.elsewhere = target.last = target.topic.sequence;
    if (forgotten) target.joined = target.last;
    this.#prepend(this.#unacknowledged.lost(target));
    target.readyOn = undefined;
    this.direct = null;
    this.#introduce(target);
  }

  /** Stops trying to deliver a parcel that nobody waits for any more. */
  withdraw(parcel: Parcel): void {
    this.#unacknowledged.drop(parcel);
    this.#deps.tally.dropped('withdrawn');
    this.#deps.onRoom();
  }

  /** The node failed or left: what waits for it is dropped, and so is all that comes until it is back. */
  depart(): void {
    if (this.#gone) return;
    for (const target of this.targets) target.topic.fanout?.departed(target);
    this.#gone = true;
    this.direct = null;
    this.#kept.rest();
    this.#deps.tally.dropped('gone', this.#outbox.takePlain().length);
    for (const target of this.targets) this.#unacknowledged.giveUp(target, 'gone');
    this.#deps.onRoom();
  }

  /** The node is back. */
  comeBack(link?: Link): void {
    if (this.#gone) {
      this.#gone = false;
      this.#kept.want();
      for (const target of this.targets) target.topic.fanout?.joined(target);
    }
    if (link !== undefined) this.#kept.adopt(link);
  }

  dispose(): void {
    this.direct = null;
    this.#kept.rest();
    this.#room.stop();
  }

  linkUp(link: Link): void {
    this.direct = null;
    this.#probation.begin(link, this.#deps.clock.now());
    for (const target of this.targets) {
      this.#prepend(this.#unacknowledged.lost(target));
      if (target.entrusted) continue;
      if (target.introduced || target.topic.keptFor(this.id)) this.#introductions.add(target);
    }
    this.#flush();
  }

  linkDown(reason: LinkCloseReason): void {
    this.direct = null;
    this.#prepend(this.#probation.end(reason));
  }

  linkDrained(): void {
    this.#flush();
  }

  /** It has to be acknowledged. */
  #keep(parcel: Parcel): void {
    if (this.#unacknowledged.events === 0) this.#room.begin(1);
    this.#unacknowledged.keep(parcel);
  }

  #serveStraight(target: Target): void {
    target.entrusted = false;
    target.readyOn = undefined;
    target.last = target.topic.sequence;
    this.direct = null;
  }

  #introduce(target: Target): void {
    this.#introductions.add(target);
    this.#kept.want();
    this.#flush();
  }

  /** A link took them in vain. */
  #prepend(parcels: readonly Parcel[]): void {
    if (parcels.length === 0) return;
    this.#outbox.prepend(parcels);
    this.#deps.tally.retried(parcels.length);
  }

  #queue(parcel: Parcel): void {
    const { tally } = this.#deps;
    this.direct = null;
    if (parcel.publication.qos === 0) {
      if (this.#outbox.events === 0) this.#room.begin(0);
      const reason = this.#room.isLagging(0) ? 'slow' : 'overflow';
      while (this.#room.isFull(0) && this.#outbox.dropOldest()) tally.dropped(reason);
    }
    this.#outbox.push(parcel);
    this.#kept.want();
    if (this.#kept.link === undefined || this.#outbox.first !== parcel) return;
    // Nothing waited and yet the way was not direct: an introduction was due, or the link has just come up.
    this.#flush();
  }

  /** Sends what is due until the link refuses. */
  #flush(): void {
    const { link } = this.#kept;
    if (link === undefined) return;
    this.direct = null;
    let sent = false;
    for (const target of this.#introductions) {
      // With parcels in the outbox, the first of them brings the introduction.
      if (target.queued === 0 && !introduce(this.#deps, link, target, target.last)) break;
      this.#introductions.delete(target);
    }
    if (this.#introductions.size === 0) {
      let parcel = this.#outbox.first;
      while (parcel !== undefined && this.#send(link, parcel)) {
        sent = true;
        if (parcel.queued) this.#outbox.shift();
        parcel = this.#outbox.first;
      }
      const isSafe = this.#kept.link === link && !this.#probation.isOn(this.#deps.clock.now());
      if (parcel === undefined && isSafe) this.direct = link;
    }
    if (sent) this.#room.progress(0);
    this.#restIfIdle();
  }

  /** Where trees bring everything, the link is left to others. */
  #restIfIdle(): void {
    if (this.#outbox.first !== undefined || this.#introductions.size > 0) return;
    for (const target of this.targets) {
      if (!target.entrusted || target.unacknowledged.length > 0) return;
    }
    this.direct = null;
    this.#kept.rest();
  }

  /** True when the parcel is dealt with: the link has it, or it is too late for it. */
  #send(link: Link, parcel: Parcel): boolean {
    const { target, publication } = parcel;
    const { clock, frames, tally } = this.#deps;
    const now = publication.expiresAt === Infinity ? 0 : clock.now();
    if (publication.expiresAt <= now) {
      this.#unacknowledged.fail(parcel, 'expired');
      return true;
    }
    if (target.readyOn !== link && !introduce(this.#deps, link, target, parcel.base)) return false;
    if (!link.send(frames.event(target.topic.alias, publication, parcel.skipped, now)))
      return false;
    tally.sent++;
    tally.touch();
    this.#probation.took(parcel);
    return true;
  }
}

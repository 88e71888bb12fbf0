import type { TimerWheel } from '@macula/core';
import type { EventFrames } from '../event-frames.ts';
import type { OutgoingTopic } from '../outgoing-topic.ts';
import type { Parcel } from '../parcel.ts';
import type { Publication } from '../publication.ts';
import { noDebtors } from '../receipt.ts';
import { fillingOf, Room } from '../room.ts';
import type { Target } from '../target.ts';
import type { FanoutTree } from './fanout-tree.ts';
import { bar, barredMs, TreeFormation, type TreeFormationDeps } from './tree-formation.ts';
import { TreeWindow } from './tree-window.ts';
import { WaitingNewcomers } from './waiting-newcomers.ts';

/** So many subscribers may be served beside the tree before a new one is made. */
const besideTree = 4;

export interface TopicFanoutDeps extends TreeFormationDeps {
  readonly wheel: TimerWheel;
  readonly frames: EventFrames;
  /** There may be room again. */
  readonly onRoom: () => void;
}

/** Brings one topic to its many subscribers: through a tree of them, changing to a new one when need be, and keeping what is not acknowledged. */
export class TopicFanout {
  readonly #deps: TopicFanoutDeps;
  readonly #topic: OutgoingTopic;
  readonly #window: TreeWindow;
  readonly #room: Room;
  readonly #formation: TreeFormation;
  #current: FanoutTree | undefined;
  /** While there are any a tree is on its way. */
  readonly #newcomers: WaitingNewcomers;
  #entrusted = 0;
  #left = 0;
  #onBegun: (() => void) | undefined;
  #closed = false;

  constructor(deps: TopicFanoutDeps, topic: OutgoingTopic) {
    this.#deps = deps;
    this.#topic = topic;
    this.#newcomers = new WaitingNewcomers(topic);
    const { clock, limits, wheel } = deps;
    this.#window = new TreeWindow({
      wheel,
      now: () => clock.now(),
      debtors: (sequence) => this.#current?.debtorsOf(sequence) ?? noDebtors,
    });
    this.#formation = new TreeFormation(deps, topic, {
      treeStands: (tree) => this.#changeTo(tree),
      noTree: (failed) => this.#goWithout(failed),
      treeChanged: (tree) => this.#treeChanged(tree),
      treeDrained: () => this.#room.progress(0),
    });
    this.#room = new Room(clock, limits, {
      filling: (qos) => this.#filling(qos),
      lagging: (qos) => {
        const tree = this.#current;
        if (tree !== undefined) this.#replace(qos === 0 ? tree.full : tree.holding);
      },
      progressed: deps.onRoom,
    });
  }

  /** Events go through a tree. */
  get flowing(): boolean {
    return this.#current !== undefined;
  }

  /** Plain events can go straight onto all links. */
  get direct(): boolean {
    return this.#current?.direct ?? true;
  }

  get idle(): boolean {
    return this.#window.length === 0;
  }

  get bytes(): number {
    return this.#window.bytes + (this.#current?.bytes ?? 0);
  }

  /** Makes the first tree at once; `onBegun` is called when it stands, or none can be made. */
  begin(onBegun: () => void): void {
    this.#onBegun = onBegun;
    this.#formation.make();
  }

  /** Somebody has begun to subscribe, or is back: who would be one too many to be served straight waits for the next tree. */
  joined(target: Target): void {
    const fits = !target.entrusted && target.fitsTree(this.#deps.clock.now());
    if (fits && this.#isCrowded && !this.#formation.postponed) this.#newcomers.add(target);
    this.changed();
  }

  /** Subscribers have come, gone, or may be served otherwise than before. */
  changed(): void {
    if (this.#closed || this.#formation.pending) return;
    const { fanoutThreshold } = this.#deps.limits;
    const { targets } = this.#topic;
    const total = this.#entrusted + this.#newcomers.size + targets.length;
    if (this.flowing && total <= fanoutThreshold / 2) return this.dissolve();
    if (!this.flowing && total <= fanoutThreshold) return;
    const grown = this.#newcomers.size > 0 || this.#isCrowded;
    const urgent = grown || this.#left * 50 > this.#entrusted;
    if (!urgent && targets.length === 0 && this.#left === 0) return;
    this.#formation.changed(urgent, this.#entrusted);
  }

  /** A member does not subscribe any more. */
  left(target: Target): void {
    if (!this.#newcomers.delete(target)) {
      this.#entrusted--;
      this.#left++;
    }
    this.changed();
  }

  /** The node of somebody who may be in a tree has failed or left: those behind it need another way. */
  departed(target: Target): void {
    if (this.#current?.members.includes(target) === true) this.#replace([target]);
    else if (this.#formation.forming) this.#formation.makeWithout([target]);
  }

  hasRoom(qos: 0 | 1): boolean {
    return this.#current === undefined || this.#room.has(qos);
  }

  /** A publisher waits for room. */
  watchStall(qos: 0 | 1): void {
    this.#room.watch(qos);
  }

  /** Sends the event without options that was encoded last. */
  sendPlain(sequence: number): void {
    const { frames, tally } = this.#deps;
    if (this.#current === undefined) return;
    tally.sent += this.#current.send(frames.plainInTree(this.#current.alias, sequence));
  }

  /** Sends a publication; keeps it until it is acknowledged, if it is to be. */
  offer(publication: Publication): void {
    if (this.#current === undefined) return;
    if (publication.qos === 1) {
      if (this.#window.length === 0) this.#room.begin(1);
      this.#window.keep(publication);
    }
    this.#send(this.#current, publication);
  }

  /** A member does not take an event that went straight to it, and has become the tree's affair. */
  refused({ subscriber }: Target, sequence: number): void {
    this.#window.find(sequence)?.receipt?.refusedBy(subscriber.id);
  }

  /** A member does not trust who passes events on to it. */
  serveStraight(target: Target): void {
    if (target.entrusted) this.#replace([target]);
  }

  /** Serves everybody straight from here. `forMs`: for so long at least. */
  dissolve(forMs = 0): void {
    const tree = this.#current;
    this.#formation.cancel(forMs);
    this.#newcomers.admit();
    if (tree === undefined) return;
    this.#takeBack(tree, tree.members);
    this.#current = undefined;
    this.#entrusted = 0;
    this.#window.clear();
    this.#room.reset();
    tree.end();
    this.#deps.onRoom();
  }

  /** Publications with a list of receivers go to each straight from here. */
  dissolveForLists(): void {
    this.dissolve(barredMs);
  }

  /** Ends everything; `release`: the topic is given up. */
  close(release: boolean): void {
    this.#closed = true;
    this.#formation.cancel();
    this.#newcomers.clear();
    if (release) this.#current?.end(true);
    else this.#current?.close();
    this.#current = undefined;
    this.#window.clear();
    this.#room.reset();
  }

  #treeChanged(tree: FanoutTree): void {
    if (tree !== this.#current) return;
    const { lost, acknowledged } = tree.standing;
    if (this.#window.acknowledge(acknowledged)) this.#room.progress(1);
    if (lost.length > 0) this.#replace(tree.targetsAt(lost));
  }

  /** Makes a new tree without some members of this one, which are served straight from now on. */
  #replace(targets: readonly Target[]): void {
    const tree = this.#current;
    if (tree === undefined) return;
    bar(targets, this.#deps.clock.now());
    this.#takeBack(tree, targets);
    this.#room.reset();
    this.#deps.onRoom();
    // What has found room may have ended the tree.
    if (this.#current !== undefined) this.#formation.makeWithout(targets);
  }

  /** Serves some members straight from here from now on. */
  #takeBack(tree: FanoutTree, targets: readonly Target[]): void {
    for (const target of targets) {
      if (!target.entrusted || target.closed || this.#newcomers.has(target)) continue;
      this.#entrusted--;
      this.#topic.targets.push(target);
      const publications = this.#window.after(tree.acknowledgedBy(target));
      target.subscriber.takeBack(target, publications);
    }
  }

  /** More are served straight that could be in a tree than there may be. */
  get #isCrowded(): boolean {
    const { clock, limits } = this.#deps;
    const now = clock.now();
    const fit = this.#topic.targets.filter((target) => target.fitsTree(now)).length;
    return fit > (this.flowing ? besideTree : limits.fanoutThreshold);
  }

  #changeTo(tree: FanoutTree): void {
    const { clock, tally } = this.#deps;
    const former = this.#current;
    const topic = this.#topic;
    const parcels: Parcel[] = [];
    this.#left = 0;
    const inTree = new Set<Target>();
    for (const target of tree.members) {
      if (target.closed) this.#left++;
      else if (target.subscriber.gone) continue;
      else {
        inTree.add(target);
        this.#newcomers.delete(target);
        if (!target.entrusted) parcels.push(...target.subscriber.entrust(target));
      }
    }
    this.#window.merge(parcels.map(({ publication }) => publication));
    for (const parcel of parcels) parcel.publication.receipt?.settled(parcel);
    const others = topic.allTargets().filter((target) => !inTree.has(target));
    topic.targets.splice(0, topic.targets.length, ...others.filter(({ entrusted }) => !entrusted));
    // Those of the former tree that are not in this one are served straight from here.
    if (former !== undefined) this.#takeBack(former, others);
    this.#newcomers.admit((target) => !target.fitsTree(clock.now()));
    this.#entrusted = inTree.size;
    this.#current = tree;
    this.#window.acknowledge(tree.standing.acknowledged);
    const first = this.#window.first ?? Infinity;
    tree.start(topic.sequence, Math.min(topic.sequence, first - 1));
    const { kept } = topic;
    if (kept !== undefined && kept.audience === undefined && kept.expiresAt > clock.now()) {
      tree.send(this.#deps.frames.keptInTree(tree.alias, kept, clock.now()));
    }
    const again = this.#window.after(0);
    if (former !== undefined) tally.retried(again.length);
    for (const publication of again) this.#send(tree, publication);
    former?.end();
    this.#room.reset();
    tally.tree('started');
    this.#begun();
    this.#deps.onRoom();
    const gone = tree.members.filter(({ subscriber }) => subscriber.gone);
    if (gone.length > 0) this.#replace(gone);
    else this.changed();
  }

  #send(tree: FanoutTree, publication: Publication): void {
    const { clock, frames, tally } = this.#deps;
    const now = clock.now();
    if (publication.expiresAt <= now) return;
    tally.sent += tree.send(frames.inTree(tree.alias, publication, now));
    tally.touch();
  }

  #goWithout(failed: boolean): void {
    this.dissolve(failed ? barredMs : 0);
    this.#begun();
    this.changed();
  }

  #begun(): void {
    const onBegun = this.#onBegun;
    this.#onBegun = undefined;
    onBegun?.();
  }

  #filling(qos: 0 | 1): number {
    if (qos === 0) return this.#current === undefined || this.#current.full.length === 0 ? 0 : 1;
    const { length: events, bytes } = this.#window;
    return fillingOf(this.#deps.limits, 1, { events, bytes });
  }
}

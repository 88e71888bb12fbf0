import type { NodeId, TimerWheel } from '@macula/core';
import type { EventFrames } from '../event-frames.ts';
import type { OutgoingTopic } from '../outgoing-topic.ts';
import type { Parcel } from '../parcel.ts';
import type { Publication } from '../publication.ts';
import { fillingOf, Room } from '../room.ts';
import type { Target } from '../target.ts';
import type { FanoutTree } from './fanout-tree.ts';
import { bar, barredMs, TreeFormation, type TreeFormationDeps } from './tree-formation.ts';
import { TreeWindow } from './tree-window.ts';

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
  #entrusted = 0;
  #left = 0;
  #onBegun: (() => void) | undefined;
  #closed = false;

  constructor(deps: TopicFanoutDeps, topic: OutgoingTopic) {
    this.#deps = deps;
    this.#topic = topic;
    const { clock, limits, wheel } = deps;
    const debtors = (): NodeId[] => this.#holding().map(({ subscriber }) => subscriber.id);
    this.#window = new TreeWindow({ wheel, now: () => clock.now(), debtors });
    this.#formation = new TreeFormation(deps, topic, {
      treeStands: (tree) => this.#changeTo(tree),
      noTree: (failed) => this.#goWithout(failed),
      treeChanged: (tree) => this.#treeChanged(tree),
      treeDrained: () => this.#room.progress(0),
    });
    this.#room = new Room(clock, limits, {
      filling: (qos) => this.#filling(qos),
      lagging: (qos) => this.#replace(qos === 0 ? (this.#current?.full ?? []) : this.#holding()),
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

  /** Subscribers that are served through the tree. */
  get size(): number {
    return this.#entrusted;
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

  /** Subscribers have come, gone, or may be served otherwise than before. */
  changed(): void {
    if (this.#closed || this.#formation.pending) return;
    const { clock, limits } = this.#deps;
    const { targets } = this.#topic;
    const now = clock.now();
    const fit = targets.filter((target) => target.fitsTree(now)).length;
    const total = this.#entrusted + targets.length;
    if (this.flowing && total <= limits.fanoutThreshold / 2) return this.dissolve();
    if (!this.flowing && total <= limits.fanoutThreshold) return;
    const grown = fit > (this.flowing ? besideTree : limits.fanoutThreshold);
    const urgent = grown || this.#left * 50 > this.#entrusted;
    if (!urgent && targets.length === 0 && this.#left === 0) return;
    this.#formation.changed(urgent, this.#entrusted);
  }

  /** A member does not subscribe any more. */
  left(): void {
    this.#entrusted--;
    this.#left++;
    this.changed();
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
    tally.needed += this.#entrusted;
  }

  /** Sends a publication; keeps it until it is acknowledged, if it is to be. */
  offer(publication: Publication): void {
    if (this.#current === undefined) return;
    if (publication.qos === 1) {
      if (this.#window.length === 0) this.#room.begin(1);
      this.#window.keep(publication);
    }
    this.#deps.tally.needed += this.#entrusted;
    this.#send(this.#current, publication);
  }

  /** Serves some members straight from here from now on. */
  expel(targets: readonly Target[]): void {
    const tree = this.#current;
    if (tree === undefined) return;
    const leaving = targets.filter(({ entrusted, closed }) => entrusted && !closed);
    bar(leaving, this.#deps.clock.now());
    for (const target of leaving) {
      this.#entrusted--;
      this.#topic.targets.push(target);
      const publications = this.#window.after(tree.acknowledgedBy(target));
      target.subscriber.takeBack(target, publications);
    }
  }

  /** A member does not trust who passes events on to it. */
  serveStraight(target: Target): void {
    if (target.entrusted) this.#replace([target]);
  }

  /** Serves everybody straight from here. `forMs`: for so long at least. */
  dissolve(forMs = 0): void {
    const tree = this.#current;
    this.#formation.cancel(forMs);
    if (tree === undefined) return;
    this.expel(tree.members);
    for (const target of tree.members) target.barredUntil = 0;
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
    const out = tree.targetsAt(lost).filter((target) => target.entrusted);
    if (out.length > 0) this.#replace(out);
  }

  /** Makes a new tree without some members of this one. */
  #replace(targets: readonly Target[]): void {
    this.expel(targets);
    this.#room.reset();
    this.#deps.onRoom();
    // One that is forming may have lost the same ones, and then says so by itself.
    if (this.#current !== undefined && !this.#formation.forming) this.#formation.make();
  }

  #changeTo(tree: FanoutTree): void {
    const { clock, tally } = this.#deps;
    const former = this.#current;
    const topic = this.#topic;
    const parcels: Parcel[] = [];
    this.#left = 0;
    this.#entrusted = 0;
    const inTree = new Set<Target>();
    for (const target of tree.members) {
      if (target.closed) this.#left++;
      else if (target.subscriber.gone) continue;
      else {
        inTree.add(target);
        if (!target.entrusted) parcels.push(...target.subscriber.entrust(target));
      }
    }
    this.#entrusted = inTree.size;
    this.#window.merge(parcels.map(({ publication }) => publication));
    for (const parcel of parcels) parcel.publication.receipt?.settled(parcel);
    const staying = topic.allTargets().filter((target) => !inTree.has(target));
    // Those of the former tree that are not in this one are served straight from here.
    this.#current = former;
    const left = staying.filter((target) => target.entrusted);
    this.#entrusted += left.length;
    this.expel(left);
    topic.targets.splice(0, topic.targets.length, ...staying);
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
    this.changed();
  }

  #send(tree: FanoutTree, publication: Publication): void {
    const { clock, frames, tally } = this.#deps;
    const now = clock.now();
    if (publication.expiresAt <= now) return;
    tally.sent += tree.send(frames.inTree(tree.alias, publication, now));
    tally.touch();
  }

  #goWithout(failed: boolean): void {
    if (failed) this.dissolve(barredMs);
    this.#begun();
    this.changed();
  }

  #begun(): void {
    const onBegun = this.#onBegun;
    this.#onBegun = undefined;
    onBegun?.();
  }

  #holding(): Target[] {
    const tree = this.#current;
    return tree === undefined ? [] : tree.targetsAt(tree.standing.holding);
  }

  #filling(qos: 0 | 1): number {
    if (qos === 0) return this.#current === undefined || this.#current.full.length === 0 ? 0 : 1;
    const { length: events, bytes } = this.#window;
    return fillingOf(this.#deps.limits, 1, { events, bytes });
  }
}

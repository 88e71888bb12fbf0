import type { Clock, Realm } from '@macula/core';
import type { OutgoingTopic } from '../outgoing-topic.ts';
import type { Target } from '../target.ts';
import { FanoutTree, type FanoutTreeDeps, type FanoutTreeListener } from './fanout-tree.ts';
import { TreeSchedule } from './tree-schedule.ts';

/** New trees that are tried in a row, each without those whom the former has lost. */
const maxTries = 8;
/** Whoever was lost or slow, or a topic that needs lists, goes without a tree for so long. */
export const barredMs = 30_000;

export interface TreeFormationDeps extends FanoutTreeDeps {
  readonly clock: Clock;
  readonly realm: Realm;
}

/** Is told what becomes of trees: of the one that is made, and, as by the tree itself, of those that stand. */
export interface TreeFormationListener extends FanoutTreeListener {
  /** Everybody in the tree is ready. */
  treeStands(tree: FanoutTree): void;
  /** No tree is made now. `failed`: it was tried too often; otherwise there are too few for one. */
  noTree(failed: boolean): void;
}

/** Makes the trees of a topic, of everybody who can be in one, and makes each anew without those whom it has lost, until one stands. */
export class TreeFormation {
  readonly #deps: TreeFormationDeps;
  readonly #topic: OutgoingTopic;
  readonly #listener: TreeFormationListener;
  readonly #schedule: TreeSchedule;
  #forming: FanoutTree | undefined;
  #number = 0;
  #tries = 0;

  constructor(deps: TreeFormationDeps, topic: OutgoingTopic, listener: TreeFormationListener) {
    this.#deps = deps;
    this.#topic = topic;
    this.#listener = listener;
    this.#schedule = new TreeSchedule(deps.clock, () => this.make());
  }

  /** A tree is being made. */
  get forming(): boolean {
    return this.#forming !== undefined;
  }

  /** A tree is being made, or will be as early as it may: no change makes a difference. */
  get pending(): boolean {
    return this.forming || this.#schedule.hurried;
  }

  /** No tree is made for the time being. */
  get postponed(): boolean {
    return this.#schedule.postponed;
  }

  /** Something has changed in a tree of `size` members. `urgent`: it is worth a new one at once; otherwise it has time. */
  changed(urgent: boolean, size: number): void {
    this.#schedule.changed(urgent, size);
  }

  /** Makes a tree now, whatever was planned or is not ready yet. */
  make(): void {
    this.cancel();
    const { clock, limits, realm } = this.#deps;
    const now = clock.now();
    this.#schedule.built();
    const members = this.#topic.allTargets().filter((target) => target.fitsTree(now));
    if (members.length <= limits.fanoutThreshold / 2 || this.#tries >= maxTries) {
      return this.#giveUp();
    }
    this.#tries++;
    const forming = new FanoutTree(this.#deps, members, {
      treeChanged: (tree) => this.#treeChanged(tree),
      treeDrained: () => this.#listener.treeDrained(),
    });
    this.#forming = forming;
    forming.open(this.#topic, realm, ++this.#number);
  }

  /** Makes a tree without `targets`, who are not fit for one now. One that is forming goes on, for a while, even with some of them. */
  makeWithout(targets: readonly Target[]): void {
    const members = this.#forming?.members;
    if (members === undefined) this.make();
    else if (targets.some((target) => members.includes(target))) {
      this.#schedule.changed(true, members.length);
    }
  }

  /** Makes none for `forMs`, and ends what is not ready yet. */
  cancel(forMs = 0): void {
    if (forMs > 0) this.#schedule.postpone(forMs);
    this.#schedule.cancel();
    this.#forming?.end();
    this.#forming = undefined;
  }

  #treeChanged(tree: FanoutTree): void {
    if (tree !== this.#forming) return this.#listener.treeChanged(tree);
    const { lost, ready } = tree.standing;
    if (!ready) return;
    if (lost.length > 0) {
      bar(tree.targetsAt(lost), this.#deps.clock.now());
      return this.make();
    }
    this.#forming = undefined;
    this.#tries = 0;
    this.#listener.treeStands(tree);
  }

  #giveUp(): void {
    const failed = this.#tries >= maxTries;
    this.#tries = 0;
    if (failed) this.#deps.tally.tree('given_up');
    this.#listener.noTree(failed);
  }
}

/** Keeps some out of trees for a while. */
export function bar(targets: readonly Target[], now: number): void {
  for (const target of targets) target.barredUntil = now + barredMs;
}

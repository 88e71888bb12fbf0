import type { Link, NodeId, Timer } from '@macula/core';
import { FrameKind, TreeControl_Action } from '@macula/wire';
import { Branch, type BranchDeps } from '../../tree/branch.ts';
import { passOn } from '../../tree/passing-on.ts';
import { slowestOf, standingOf } from '../../tree/standing.ts';
import type { TreeAliases, TreeParent } from '../../tree/tree-aliases.ts';
import { EventSealer } from '../../tree/event-seal.ts';
import type { TreeEvent } from '../../tree/tree-event.ts';
import { type BranchStatus, writeControl, writePlace } from '../../tree/tree-frames.ts';
import { signPlan, type TreeSigner } from '../../tree/tree-plan.ts';
import { levelOf, memberHash, rootHash } from '../../tree/tree-proof.ts';
import { branchRanges, publisherBranches, treeDepth } from '../../tree/tree-shape.ts';
import type { OutgoingTopic } from '../outgoing-topic.ts';
import type { Debtors } from '../receipt.ts';
import type { Target } from '../target.ts';

export interface FanoutTreeDeps extends BranchDeps {
  readonly signer: TreeSigner;
  readonly aliases: TreeAliases;
}

export interface FanoutTreeListener {
  /** Somebody is ready, lost, or has acknowledged more. */
  treeChanged(tree: FanoutTree): void;
  /** A branch that was behind has caught up. */
  treeDrained(): void;
}

/** One forwarding tree of this node: who is in it, and how it stands with its branches. */
export class FanoutTree implements TreeParent {
  readonly members: readonly Target[];
  readonly alias: number;
  readonly #deps: FanoutTreeDeps;
  readonly #listener: FanoutTreeListener;
  readonly #branches: Branch[];
  #sealer: EventSealer | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(deps: FanoutTreeDeps, members: readonly Target[], listener: FanoutTreeListener) {
    this.#deps = deps;
    this.members = members;
    this.#listener = listener;
    this.alias = deps.aliases.allot(this);
    const heard = {
      branchChanged: () => {
        if (!this.#closed) listener.treeChanged(this);
      },
      branchDrained: () => listener.treeDrained(),
    };
    this.#branches = branchRanges(0, members.length, publisherBranches).map(
      (range) => new Branch(deps, idOf(members, range.start), range, heard),
    );
  }

  /** Nothing waits for a link: events can go straight onto all of them. */
  get direct(): boolean {
    for (let i = 0; i < this.#branches.length; i++) {
      if (!(this.#branches[i] as Branch).direct) return false;
    }
    return true;
  }

  get standing(): BranchStatus {
    return standingOf(undefined, this.#branches);
  }

  /** Those that hold the slowest branches up; a child that tells of nobody is taken for the one. */
  get holding(): Target[] {
    const slowest = slowestOf(this.#branches);
    const branches = this.#branches.filter(({ acknowledged }) => acknowledged === slowest);
    return this.targetsAt(branches.flatMap((branch) => branch.holders));
  }

  /** Who has not acknowledged the event of that sequence: those of whom branches have told, and how many more there may be. */
  debtorsOf(sequence: number): Debtors {
    const named: NodeId[] = [];
    let unnamed = 0;
    for (const { acknowledged, holding, range } of this.#branches) {
      if (acknowledged >= sequence) continue;
      const { start, end } = range;
      const places = end - start === 1 ? [start] : holding;
      unnamed += end - start - places.length;
      for (const { entrusted, closed, subscriber } of this.targetsAt(places)) {
        if (entrusted && !closed) named.push(subscriber.id);
      }
    }
    return { named, unnamed };
  }

  get bytes(): number {
    return this.#branches.reduce((sum, branch) => sum + branch.bytes, 0);
  }

  /** The children that plain events cannot be sent to without dropping others. */
  get full(): Target[] {
    return this.#branches
      .filter((branch) => branch.full)
      .map((branch) => this.members[branch.range.start] as Target);
  }

  /** Tells everybody of his place. Whoever is not ready in time counts as lost. */
  open(topic: OutgoingTopic, realm: string, number: number): void {
    const { signer, clock, limits } = this.#deps;
    const ids = this.members.map(({ subscriber }) => subscriber.id);
    const hashes = this.#branches.map(({ range }) => memberHash(ids, range.start, range.end));
    const { name, epoch } = topic;
    const signed = signPlan(signer, {
      ...{ realm, topic: name, epoch, number },
      root: rootHash(hashes),
      sealed: limits.sealTrees,
    });
    if (limits.sealTrees) this.#sealer = new EventSealer(signer, signed);
    // The deepest members report first, so that a late one costs its own branch only.
    const patience = limits.treeReadyMs * treeDepth(ids.length);
    this.#timer = clock.setTimer(() => this.#giveUpLate(), patience, { background: true });
    for (const [index, branch] of this.#branches.entries()) {
      const { start, end } = branch.range;
      const proof = [levelOf(undefined, hashes, index)];
      branch.open(writePlace(this.alias, { ...signed, members: ids.slice(start, end), proof }));
    }
  }

  /** What is up to `elsewhere` was sent otherwise; `since`: where newcomers begin. */
  start(elsewhere: number, since: number): void {
    this.#timer?.cancel();
    const action = TreeControl_Action.START;
    const header = writeControl({ alias: this.alias, action, elsewhere, since });
    for (const branch of this.#branches) branch.control(FrameKind.treeControl, header);
  }

  /** Gives how many links have taken the event. */
  send(event: TreeEvent): number {
    return passOn(this.#branches, this.#sealer?.seal(event) ?? event, this.#deps.clock);
  }

  /** What the member has acknowledged for certain. */
  acknowledgedBy(target: Target): number {
    const place = this.members.indexOf(target);
    const branch = this.#branches.find(({ range }) => place >= range.start && place < range.end);
    return branch?.acknowledged ?? 0;
  }

  targetsAt(places: readonly number[]): Target[] {
    return places.map((place) => this.members[place]).filter((target) => target !== undefined);
  }

  childStatus(link: Link, status: BranchStatus): void {
    this.#branches.find((branch) => branch.link === link)?.heard(status);
  }

  /** Ends the tree behind its last event. */
  end(release = false): void {
    const action = release ? TreeControl_Action.RELEASE : TreeControl_Action.END;
    const header = writeControl({ alias: this.alias, action, elsewhere: 0, since: 0 });
    for (const branch of this.#branches) branch.end(FrameKind.treeControl, header);
    this.#forget();
  }

  /** Ends it at once. */
  close(): void {
    for (const branch of this.#branches) branch.close();
    this.#forget();
  }

  #forget(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    this.#deps.aliases.free(this.alias);
  }

  #giveUpLate(): void {
    for (const branch of this.#branches) if (!branch.ready) branch.lose();
  }
}

function idOf(members: readonly Target[], place: number): NodeId {
  return (members[place] as Target).subscriber.id;
}

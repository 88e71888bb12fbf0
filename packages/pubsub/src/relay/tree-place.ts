import type { Clock, FrameView, Link, NodeId, Timer } from '@macula/core';
import { FrameKind, type FrameWriter, TreeControl_Action } from '@macula/wire';
import type { EventHeaderReader } from '../event-header.ts';
import type { Limits } from '../options.ts';
import type { IncomingTopic, TreePlaceHolder } from '../subscribe/incoming-topic.ts';
import type { TreeTopic } from '../subscribe/subscriber.ts';
import type { Tally } from '../tally.ts';
import { Branch, type BranchDeps } from '../tree/branch.ts';
import type { EventSeal } from '../tree/event-seal.ts';
import { passOn } from '../tree/passing-on.ts';
import { standingOf } from '../tree/standing.ts';
import type { TreeAliases, TreeParent } from '../tree/tree-aliases.ts';
import type { TreeEventWriter } from '../tree/tree-event.ts';
import {
  type BranchStatus,
  type ControlFields,
  writeControl,
  writePlace,
  writeStatus,
} from '../tree/tree-frames.ts';
import type { TreeAssignment } from '../tree/tree-plan.ts';
import { levelOf, memberHash } from '../tree/tree-proof.ts';
import { branchRanges, maxBranches, treeDepth } from '../tree/tree-shape.ts';

/** A place whose parent is gone, or whose tree has a successor, is kept so long for what is still on its way. */
const lingerMs = 10_000;
/** The publisher is told of forged events no more often. */
const forgeryMs = 5_000;
/** Who does not acknowledge what has come is named after so long, for each level below: later ones have to hear of earlier ones. */
const holdersMs = 200;

export interface TreePlaceDeps extends Omit<BranchDeps, 'onCopied'> {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly tally: Tally;
  readonly aliases: TreeAliases;
  readonly events: TreeEventWriter;
  /** For frames that are sent at once. */
  readonly writer: FrameWriter;
  /** What this node has had of the topic, by whatever way. */
  readonly known: (topic: TreeTopic) => IncomingTopic | undefined;
  readonly deliver: (place: TreePlace, topic: IncomingTopic, frame: FrameView) => void;
  readonly introduce: (
    place: TreePlace,
    topic: TreeTopic,
    since: number,
    elsewhere: number,
  ) => IncomingTopic;
  /** The parent has passed on what the publisher did not seal; called once in a while. */
  readonly onForged: (place: TreePlace) => void;
  readonly onClosed: (place: TreePlace) => void;
}

/** The tree in which a place is. */
export interface PlacedTree extends TreeTopic {
  readonly number: number;
  /** Where its publisher seals events. */
  readonly seal: EventSeal | undefined;
}

/** This node's place in the tree of a publisher: takes events from its parent, and passes them on to its own branches. */
export class TreePlace implements TreeParent, TreePlaceHolder {
  readonly link: Link;
  /** What the parent calls the tree. */
  readonly alias: number;
  readonly topic: TreeTopic;
  readonly number: number;
  readonly #deps: TreePlaceDeps;
  readonly #ownAlias: number;
  /** Hops to the farthest below. */
  readonly #height: number;
  readonly #branches: Branch[];
  readonly #release: (() => void)[] = [];
  readonly #seal: EventSeal | undefined;
  #incoming: IncomingTopic | undefined;
  #forgedAt = -Infinity;
  #leaving = false;
  #closed = false;
  #scheduled = false;
  /** The last event of quality of service 1 that has come. */
  #newest = 0;
  #told = '';
  #toldHolders = '';
  #late: Timer | undefined;
  #timer: Timer | undefined;

  constructor(
    deps: TreePlaceDeps,
    link: Link,
    alias: number,
    tree: PlacedTree,
    members: readonly NodeId[],
  ) {
    this.#deps = deps;
    this.link = link;
    this.alias = alias;
    this.topic = tree;
    this.number = tree.number;
    this.#seal = tree.seal;
    const onCopied = (): void => {
      deps.tally.relayed++;
      deps.tally.touch();
    };
    const listener = {
      branchChanged: () => this.#changed(),
      branchDrained: () => undefined,
    };
    this.#branches = branchRanges(1, members.length, maxBranches).map(
      (range) => new Branch({ ...deps, onCopied }, members[range.start] as NodeId, range, listener),
    );
    this.#height = treeDepth(members.length - 1, maxBranches);
    this.#ownAlias = this.#branches.length > 0 ? deps.aliases.allot(this) : 0;
    this.#release.push(
      deps.links.pin(link.peer),
      link.onClose(() => this.#linger()),
      link.onDrain('events', () => this.#changed()),
    );
  }

  /** Tells the branches of their places; reports to the parent once they are ready, or it has taken them too long. */
  open(assignment: TreeAssignment): void {
    const { members, proof } = assignment;
    const { clock, limits, links } = this.#deps;
    const hashes = this.#branches.map(({ range }) => memberHash(members, range.start, range.end));
    for (const [index, branch] of this.#branches.entries()) {
      const { start, end } = branch.range;
      const level = levelOf(links.self, hashes, index);
      const theirs = {
        ...assignment,
        members: members.slice(start, end),
        proof: [level, ...proof],
      };
      branch.open(writePlace(this.#ownAlias, theirs));
    }
    if (this.#branches.length > 0) {
      const patience = limits.treeReadyMs * this.#height;
      this.#timer = clock.setTimer(() => this.#giveUpLate(), patience, { background: true });
    }
    this.#changed();
  }

  /** An event came from the parent. */
  receive(frame: FrameView, header: EventHeaderReader): void {
    const { clock, deliver, events, tally } = this.#deps;
    const opened = this.#seal === undefined ? frame : this.#seal.opened(frame);
    if (opened === undefined) return this.#forged();
    if (header.qos > 0) {
      this.#newest = Math.max(this.#newest, header.sequence);
      this.#tellLater();
    }
    if (this.#branches.length > 0) {
      const event = events.passOn(frame, header, this.#ownAlias);
      tally.relayed += passOn(this.#branches, event, clock);
      tally.touch();
    }
    const incoming = this.#incoming;
    if (incoming === undefined || incoming.epoch !== this.topic.epoch) return;
    if (incoming.forgotten) this.leave();
    else deliver(this, incoming, opened);
  }

  control(fields: ControlFields): void {
    const { action, elsewhere, since } = fields;
    const header = writeControl({ ...fields, alias: this.#ownAlias });
    if (action === TreeControl_Action.START) {
      for (const branch of this.#branches) branch.control(FrameKind.treeControl, header);
      this.#incoming = this.#deps.introduce(this, this.topic, since, elsewhere);
      this.#incoming.places.add(this);
      this.#changed();
      return;
    }
    for (const branch of this.#branches) branch.end(FrameKind.treeControl, header);
    this.close();
  }

  childStatus(link: Link, status: BranchStatus): void {
    this.#branches.find((branch) => branch.link === link)?.heard(status);
  }

  handledMore(): void {
    this.#changed();
  }

  leave(): void {
    this.#leaving = true;
    this.#changed();
  }

  /** Closes, and tells the parent at once: those below need another way. */
  resign(): void {
    this.#leaving = true;
    if (!this.#closed) this.#tell();
    this.close();
  }

  /** A newer tree brings the topic: this one ends when its last event has come, at the latest after a while. */
  supersede(): void {
    this.#linger();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    this.#late?.cancel();
    for (const release of this.#release.splice(0)) release();
    // Those that still have a last word to say close by themselves.
    for (const branch of this.#branches) branch.closeUnlessEnding();
    if (this.#ownAlias > 0) this.#deps.aliases.free(this.#ownAlias);
    this.#incoming?.places.delete(this);
    this.#deps.onClosed(this);
  }

  #forged(): void {
    const { clock, onForged, tally } = this.#deps;
    tally.dropped('forged');
    if (clock.now() - this.#forgedAt < forgeryMs) return;
    this.#forgedAt = clock.now();
    onForged(this);
  }

  #linger(): void {
    if (this.#closed) return;
    this.#timer?.cancel();
    this.#timer = this.#deps.clock.setTimer(() => this.close(), lingerMs, { background: true });
  }

  #giveUpLate(): void {
    for (const branch of this.#branches) if (!branch.ready) branch.lose();
  }

  /** Who holds the others up changes all the time, and matters only when it stays. The deepest members tell first, so that the right ones are named. */
  #tellLater(): void {
    this.#late ??= this.#deps.clock.setTimer(
      () => {
        this.#late = undefined;
        this.#tell(true);
      },
      holdersMs * Math.max(1, this.#height),
      { background: true },
    );
  }

  /** Tells the parent how it stands here, once per event-loop turn. */
  #changed(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    this.#deps.clock.defer(() => {
      this.#scheduled = false;
      if (!this.#closed) this.#tell();
    });
  }

  #tell(late = false): void {
    const { epoch } = this.topic;
    // Before the tree starts: what came another way need not come again.
    const incoming = this.#incoming ?? this.#deps.known(this.topic);
    const isSame = incoming?.epoch === epoch;
    const handled = isSame ? incoming.refusals.acknowledgeable(incoming.handled) : 0;
    const leaving = this.#leaving || (isSame && incoming.refusals.withheld);
    const own = { handled, newest: this.#newest, leaving };
    const status = standingOf(own, this.#branches, late);
    if (!status.ready) return;
    const { acknowledged, lost, holding } = status;
    const news = `${acknowledged}/${lost.join()}`;
    const holders = holding.join();
    if (acknowledged < this.#newest && !late) this.#tellLater();
    if (news === this.#told && (holders === this.#toldHolders || !late)) return;
    const header = writeStatus(this.alias, status);
    // What a full link refuses is told when it has drained.
    if (this.link.send(this.#deps.writer.empty().frame(FrameKind.treeStatus, header))) {
      this.#told = news;
      this.#toldHolders = holders;
      this.#deps.tally.acknowledged();
    }
  }
}

import type { Clock, EncodedFrame, Link, Links, NodeId, Unsubscribe } from '@macula/core';
import { FrameKind, FrameWriter } from '@macula/wire';
import type { Limits } from '../options.ts';
import type { Tally } from '../tally.ts';
import { BranchQueue } from './branch-queue.ts';
import type { KeptTreeEvent, TreeEvent } from './tree-event.ts';
import type { BranchStatus } from './tree-frames.ts';
import type { MemberRange } from './tree-shape.ts';

export interface BranchDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly tally: Tally;
  /** A link has taken a copy of an event that had to wait. */
  readonly onCopied: () => void;
}

export interface BranchListener {
  /** The child has said something new, or is lost. */
  branchChanged(branch: Branch): void;
  /** What waited for the child has left. */
  branchDrained(branch: Branch): void;
}

/** One child of this node in a tree: its link, what waits for it, and how it stands with those below it. */
export class Branch implements BranchStatus {
  readonly child: NodeId;
  /** The child and those below it, in the list of this node's own subtree. */
  readonly range: MemberRange;
  ready = false;
  acknowledged = 0;
  holding: readonly number[] = [];
  lost: readonly number[] = [];
  /** The child cannot be reached, or does not take part: it gets nothing more in this tree. */
  gone = false;
  link: Link | undefined;
  readonly #deps: BranchDeps;
  readonly #listener: BranchListener;
  readonly #queue: BranchQueue;
  readonly #dialling = new AbortController();
  #release: Unsubscribe[] = [];
  #ending = false;
  #closed = false;

  constructor(deps: BranchDeps, child: NodeId, range: MemberRange, listener: BranchListener) {
    this.#deps = deps;
    this.child = child;
    this.range = range;
    this.#listener = listener;
    this.#queue = new BranchQueue(deps.limits, deps.tally);
  }

  /** An event can go straight onto the link. */
  get direct(): boolean {
    return this.link !== undefined && this.#queue.length === 0;
  }

  /** Plain events for the child would have to give way. */
  get full(): boolean {
    return this.#queue.full && !this.gone;
  }

  /** Who holds the branch up, by what the child has told: the child itself where that was nothing. */
  get holders(): readonly number[] {
    return this.holding.length > 0 ? this.holding : [this.range.start];
  }

  get bytes(): number {
    return this.#queue.bytes;
  }

  /** Dials the child; `place` is the header that tells it of its place. */
  open(place: Uint8Array): void {
    const { links, limits } = this.#deps;
    this.#queue.pushControl(controlFrame(FrameKind.tree, place));
    this.#release.push(links.pin(this.child));
    const open = links.get(this.child);
    if (open?.state === 'open') return this.#adopt(open);
    const { signal } = this.#dialling;
    links.link(this.child, { signal, timeout: limits.treeReadyMs }).then(
      (link) => this.#adopt(link),
      () => this.lose(),
    );
  }

  control(kind: number, header: Uint8Array): void {
    if (this.gone) return;
    const frame = controlFrame(kind, header);
    if (!this.direct || this.link?.send(frame) !== true) this.#queue.pushControl(frame);
  }

  /** All of the branch have handled the event before, as where it is sent again because others have not. */
  hasHandled({ qos, sequence }: TreeEvent): boolean {
    return qos > 0 && sequence <= this.acknowledged;
  }

  /** False when the link did not take the event at once: then `keep` it. */
  send(event: TreeEvent): boolean {
    if (this.gone) return true;
    return this.direct && this.link?.send(event) === true;
  }

  keep(event: KeptTreeEvent): void {
    // Whoever cannot be sent an acknowledged event has to be served from where it is kept.
    if (!this.gone && !this.#queue.push(event)) this.lose();
  }

  /** The child has told how it stands with it and those below it. */
  heard({ ready, acknowledged, holding, lost }: BranchStatus): void {
    const { start, end } = this.range;
    const length = end - start;
    const within = (places: readonly number[]): number[] =>
      places.filter((place) => place < length).map((place) => start + place);
    this.ready ||= ready;
    this.acknowledged = Math.max(this.acknowledged, acknowledged);
    this.holding = within(holding);
    this.lost = [...new Set([...this.lost, ...within(lost)])].slice(0, length);
    if (this.lost.includes(start)) this.lose();
    else this.#listener.branchChanged(this);
  }

  /** Gives the child up. */
  lose(): void {
    if (this.gone || this.#closed) return;
    this.gone = true;
    if (!this.lost.includes(this.range.start)) this.lost = [this.range.start, ...this.lost];
    this.#forget();
    if (!this.#ending) this.#listener.branchChanged(this);
  }

  /** Says a last word, and closes once it has left. */
  end(kind: number, header: Uint8Array): void {
    this.control(kind, header);
    this.#ending = true;
    if (this.gone || this.#queue.length === 0) this.close();
  }

  /** Leaves the link to others. What still waits is dropped. */
  close(): void {
    this.#closed = true;
    this.#forget();
  }

  closeUnlessEnding(): void {
    if (!this.#ending) this.close();
  }

  #adopt(link: Link): void {
    if (this.gone || this.#closed) return;
    this.link = link;
    this.#release.push(
      link.onDrain('events', () => this.#flush()),
      link.onClose(() => this.lose()),
    );
    // The listener of a link that was closed already has run by now.
    if (!this.gone) this.#flush();
  }

  #flush(): void {
    const { clock, onCopied } = this.#deps;
    const { link } = this;
    if (link === undefined) return;
    this.#queue.flush(clock.now(), (frame: EncodedFrame, isEvent) => {
      if (!link.send(frame)) return false;
      if (isEvent) onCopied();
      return true;
    });
    if (this.#queue.length > 0) return;
    if (this.#ending) this.close();
    else this.#listener.branchDrained(this);
  }

  #forget(): void {
    this.#dialling.abort();
    this.link = undefined;
    this.#queue.clear();
    for (const release of this.#release.splice(0)) release();
  }
}

/** Frames that may have to wait, each in a buffer of its own. */
function controlFrame(kind: number, header: Uint8Array): EncodedFrame {
  const { bytes, start, end } = new FrameWriter().empty().frame(kind, header);
  return {
    kind,
    bytes: Uint8Array.prototype.slice.call(bytes, start, end),
    start: 0,
    end: end - start,
  };
}

import { LinkCloseCode } from '@macula/core';
import type { LinkOwner } from './link-owner.ts';
import type { Medium } from './medium.ts';
import type { MemoryLink } from './memory-link.ts';
import { Notice } from './notice.ts';
import type { Path } from './path.ts';

/** What two ends of a link share: the paths between them, and whether anything gets through. */
export class Connection {
  readonly medium: Medium;
  private readonly paths: readonly [Path, Path];
  private readonly notices = new Set<Notice>();
  private readonly onRetire: () => void;
  private readonly onOver: () => void;
  private links: readonly MemoryLink[] = [];
  private dead = false;
  /** No end is closing or closed: a dial between the same nodes may share it. */
  private usable = true;

  /** `onRetire` is told once when the first end closes, `onOver` when both are closed. */
  constructor(
    medium: Medium,
    paths: readonly [there: Path, back: Path],
    onRetire: () => void,
    onOver: () => void,
  ) {
    this.medium = medium;
    this.paths = paths;
    this.onRetire = onRetire;
    this.onOver = onOver;
  }

  get ends(): readonly MemoryLink[] {
    return this.links;
  }

  join(initiator: MemoryLink, acceptor: MemoryLink): void {
    this.links = [initiator, acceptor];
  }

  endOf(owner: LinkOwner): MemoryLink | undefined {
    return this.links.find((link) => link.owner === owner);
  }

  /** Lets `act` happen at the far end of `path` as soon as the network allows. */
  notify(path: Path, act: () => void): void {
    const notice = new Notice(this.medium, path, () => {
      this.notices.delete(notice);
      act();
    });
    this.notices.add(notice);
  }

  /** Whether packets in one direction at least do not get through, and somebody is there to notice. */
  get blocked(): boolean {
    return !this.dead && !this.paths.every((path) => path.open);
  }

  /** The network has changed: what waited tries again. */
  review(): void {
    if (this.dead) {
      this.silence();
      return;
    }
    for (const notice of this.notices) notice.wake();
    for (const link of this.links) link.wake();
  }

  /** Ends the connection as silent wherever there is a process to notice; one that is paused notices when it goes on. */
  silence(): void {
    this.dead = true;
    this.retire();
    for (const link of this.links) {
      if (link.owner.condition === 'running') {
        link.finish({
          code: LinkCloseCode.silent,
          message: `nothing got through for ${this.medium.limits.silenceMs} ms`,
          remote: false,
        });
      } else if (link.owner.condition === 'crashed') {
        link.vanish();
      }
    }
  }

  retire(): void {
    if (!this.usable) return;
    this.usable = false;
    this.onRetire();
  }

  /** Called by an end that has closed. */
  linkClosed(): void {
    if (this.links.some((link) => link.state !== 'closed')) return;
    for (const notice of this.notices) this.medium.deliveries.cancel(notice);
    this.notices.clear();
    for (const link of this.links) link.abortChannels();
    this.onOver();
  }
}

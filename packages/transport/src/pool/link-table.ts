import type { NodeId, Unsubscribe } from '@macula/core';
import type { ManagedLink } from '../link/managed-link.ts';

interface Entry {
  readonly link: ManagedLink;
  /** Clock time at which it opened. */
  readonly openedAt: number;
}

/** The open links, at most one to a peer, and which peers are pinned. */
export class LinkTable {
  private readonly entries = new Map<string, Entry>();
  private readonly pins = new Map<string, number>();

  get size(): number {
    return this.entries.size;
  }

  /** The link to `peer` on which frames can be sent. */
  get(peer: NodeId): ManagedLink | undefined {
    const link = this.entries.get(peer.key)?.link;
    return link?.state === 'open' ? link : undefined;
  }

  openedAt(peer: NodeId): number | undefined {
    return this.entries.get(peer.key)?.openedAt;
  }

  all(): ManagedLink[] {
    return Array.from(this.entries.values(), ({ link }) => link).filter(
      ({ state }) => state === 'open',
    );
  }

  /** Puts `link` in; returns the link to the same peer that it replaces. */
  add(link: ManagedLink, openedAt: number): ManagedLink | undefined {
    const replaced = this.entries.get(link.peer.key)?.link;
    this.entries.set(link.peer.key, { link, openedAt });
    return replaced;
  }

  /** Takes `link` out unless another one has replaced it. */
  remove(link: ManagedLink): void {
    if (this.entries.get(link.peer.key)?.link === link) this.entries.delete(link.peer.key);
  }

  pin(peer: NodeId): Unsubscribe {
    const { key } = peer;
    this.pins.set(key, (this.pins.get(key) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = (this.pins.get(key) ?? 1) - 1;
      if (left === 0) this.pins.delete(key);
      else this.pins.set(key, left);
    };
  }

  isPinned(link: ManagedLink): boolean {
    return this.pins.has(link.peer.key);
  }

  /** Whether somebody relies on the link now. */
  isWatched(link: ManagedLink): boolean {
    return this.isPinned(link) || link.outstanding > 0;
  }

  /** The link to give up when there is no room: not pinned, rather one without requests and streams under way, used longest ago. */
  leastRecentlyUsed(): ManagedLink | undefined {
    let best: ManagedLink | undefined;
    for (const { link } of this.entries.values()) {
      if (!this.isPinned(link) && (best === undefined || givenUpBefore(link, best))) best = link;
    }
    return best;
  }
}

function givenUpBefore(a: ManagedLink, b: ManagedLink): boolean {
  const aBusy = a.outstanding > 0;
  const bBusy = b.outstanding > 0;
  return aBusy === bBusy ? a.lastUsedAt < b.lastUsedAt : bBusy;
}

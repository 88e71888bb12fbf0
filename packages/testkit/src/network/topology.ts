import type { NodeId, Unsubscribe } from '@macula/core';

/** One node or several. */
export type NodeGroup = NodeId | Iterable<NodeId>;

interface Cut {
  readonly from: ReadonlySet<string>;
  readonly to: ReadonlySet<string>;
  readonly bothWays: boolean;
}

/** Which nodes the network lets talk to which. */
export class Topology {
  private readonly cuts = new Set<Cut>();

  /** Nothing from `from` reaches `to` any more, nor back when `bothWays`. The result undoes this cut alone. */
  cut(from: NodeGroup, to: NodeGroup, bothWays: boolean): Unsubscribe {
    const cut: Cut = { from: keysOf(from), to: keysOf(to), bothWays };
    this.cuts.add(cut);
    return () => {
      this.cuts.delete(cut);
    };
  }

  heal(): void {
    this.cuts.clear();
  }

  passes(from: NodeId, to: NodeId): boolean {
    for (const cut of this.cuts) {
      if (cut.from.has(from.key) && cut.to.has(to.key)) return false;
      if (cut.bothWays && cut.to.has(from.key) && cut.from.has(to.key)) return false;
    }
    return true;
  }
}

function keysOf(group: NodeGroup): ReadonlySet<string> {
  return new Set('key' in group ? [group.key] : Array.from(group, (id) => id.key));
}

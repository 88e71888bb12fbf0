import type { Unsubscribe } from '@macula/core';

interface Cut {
  readonly from: ReadonlySet<string>;
  readonly to: ReadonlySet<string>;
  readonly bothWays: boolean;
}

/** Which members of a network, named by their keys, may talk to which. */
export class Topology {
  private readonly cuts = new Set<Cut>();

  /** Nothing from `from` reaches `to` any more, nor back when `bothWays`. The result undoes this cut alone. */
  cut(from: Iterable<string>, to: Iterable<string>, bothWays: boolean): Unsubscribe {
    const cut: Cut = { from: new Set(from), to: new Set(to), bothWays };
    this.cuts.add(cut);
    return () => {
      this.cuts.delete(cut);
    };
  }

  heal(): void {
    this.cuts.clear();
  }

  passes(from: string, to: string): boolean {
    for (const cut of this.cuts) {
      if (cut.from.has(from) && cut.to.has(to)) return false;
      if (cut.bothWays && cut.to.has(from) && cut.from.has(to)) return false;
    }
    return true;
  }
}

import { CompactMap } from '../compact-map.ts';
import type { ElementKey } from '../element-key.ts';
import { type Cell, compareDots, Dot } from './dot.ts';

/**
 * Gathers live dots by key. Takes as long as there are dots, however many share a key: a peer decides how
 * many do.
 */
export class CellCollector<P> {
  private entries = new CompactMap<ElementKey, Cell<P>>();
  /** Cells with several dots, still growing. */
  private readonly shared = new Map<ElementKey, Dot<P>[]>();

  get isEmpty(): boolean {
    return this.entries.size === 0;
  }

  has(key: ElementKey): boolean {
    return this.entries.get(key) !== undefined;
  }

  /** Every dot is added once. */
  add(key: ElementKey, dot: Dot<P>): void {
    const cell = this.entries.get(key);
    if (cell === undefined) {
      this.entries.set(key, dot);
    } else if (cell instanceof Dot) {
      const dots = [cell, dot];
      this.shared.set(key, dots);
      this.entries.set(key, dots);
    } else {
      this.shared.get(key)?.push(dot);
    }
  }

  /** What was gathered, with the dots of each key in order; starts anew. */
  finish(): CompactMap<ElementKey, Cell<P>> {
    const { entries } = this;
    for (const dots of this.shared.values()) dots.sort(compareDots);
    this.shared.clear();
    this.entries = new CompactMap();
    return entries;
  }
}

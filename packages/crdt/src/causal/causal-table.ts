import { CompactMap } from '../compact-map.ts';
import type { ElementKey } from '../element-key.ts';
import { type Span, spanFromRanges, spanHas, spanRanges, spanSize } from '../span.ts';
import { type Cell, Dot, dotsOf } from './dot.ts';

/**
 * What a change replaced, so that older versions of the table can be had back. Keys and writers stand
 * in flat lists, each before what it had: one such log is made per merge.
 */
export class UndoLog<P> {
  private cells: (ElementKey | Cell<P> | undefined)[] | undefined;
  private spans: (string | Span | undefined)[] | undefined;

  constructor() {
    this.cells = undefined;
    this.spans = undefined;
  }

  get isEmpty(): boolean {
    return this.cells === undefined && this.spans === undefined;
  }

  cell(key: ElementKey, before: Cell<P> | undefined): void {
    if (this.cells === undefined) this.cells = [key, before];
    else this.cells.push(key, before);
  }

  span(writer: string, before: Span | undefined): void {
    if (this.spans === undefined) this.spans = [writer, before];
    else this.spans.push(writer, before);
  }

  /** Puts back what was replaced, the latest first. */
  apply(table: CausalTable<P>): void {
    const { cells = [], spans = [] } = this;
    for (let i = cells.length - 2; i >= 0; i -= 2) {
      table.put(cells[i] as ElementKey, cells[i + 1] as Cell<P> | undefined);
    }
    for (let i = spans.length - 2; i >= 0; i -= 2) {
      table.setSpan(spans[i] as string, spans[i + 1] as Span | undefined);
    }
  }
}

const noHints: readonly ElementKey[] = [];

/** Counters per block: the unit in which two tables are compared (see causal-parts.ts). */
export const blockSize = 64;

/**
 * The mutable inside of causal states: keys with their live dots, and the causal context, which
 * holds every dot ever seen, live or not. A dot in the context that no key has was removed; that is
 * why no tombstone is needed (Bieniusa et al., "An optimized conflict-free replicated set", 2012).
 */
export class CausalTable<P> {
  readonly entries: CompactMap<ElementKey, Cell<P>>;
  readonly context: CompactMap<string, Span>;
  /**
   * In a delta that removes: keys at which the removed dots were found. Says nothing that the context does not, and
   * is not encoded; it spares looking for them where the delta was made.
   */
  readonly hints: readonly ElementKey[];
  /** Key of every live dot, by writer and counter. Built when first needed. */
  private index: Map<string, Map<number, ElementKey>> | undefined;
  /** Contents of blocks as causal-parts computed them; a change drops its blocks. */
  private blocks: Map<string, Map<number, Uint8Array>> | undefined;

  constructor(
    entries: CompactMap<ElementKey, Cell<P>>,
    context: CompactMap<string, Span>,
    hints: readonly ElementKey[] = noHints,
  ) {
    this.entries = entries;
    this.context = context;
    this.hints = hints;
    this.index = undefined;
    this.blocks = undefined;
  }

  static empty<P>(): CausalTable<P> {
    return new CausalTable<P>(new CompactMap(), new CompactMap());
  }

  get isEmpty(): boolean {
    return this.context.size === 0;
  }

  /** How much work copying it is. */
  get weight(): number {
    return this.entries.size + this.context.size;
  }

  copy(): CausalTable<P> {
    return new CausalTable(this.entries.copy(), this.context.copy());
  }

  /** Keys of a writer's live dots by counter, where it has any. */
  liveDots(writer: string): ReadonlyMap<number, ElementKey> | undefined {
    return this.liveIndex().get(writer);
  }

  /** The writer's live dots that are in `span`, with their keys. Costs the smaller of both. */
  liveWithin(writer: string, span: Span): [counter: number, key: ElementKey][] {
    const live = this.liveDots(writer);
    const found: [number, ElementKey][] = [];
    if (live === undefined || live.size === 0) return found;
    if (spanSize(span) > live.size) {
      for (const [counter, key] of live) if (spanHas(span, counter)) found.push([counter, key]);
      return found;
    }
    const ranges = spanRanges(span);
    for (let i = 0; i < ranges.length; i += 2) {
      for (let counter = ranges[i] as number; counter <= (ranges[i + 1] as number); counter++) {
        const key = live.get(counter);
        if (key !== undefined) found.push([counter, key]);
      }
    }
    return found;
  }

  liveIndex(): ReadonlyMap<string, ReadonlyMap<number, ElementKey>> {
    if (this.index !== undefined) return this.index;
    const index = new Map<string, Map<number, ElementKey>>();
    this.index = index;
    for (const [key, cell] of this.entries) this.enter(index, key, cell);
    return index;
  }

  /** Puts `cell` in the place of what the key had; undefined takes the key away. */
  put(key: ElementKey, cell: Cell<P> | undefined): void {
    this.replace(key, this.entries.get(key), cell);
  }

  /** The same where what the key had is at hand; `undo` notes it. */
  replace(
    key: ElementKey,
    before: Cell<P> | undefined,
    cell: Cell<P> | undefined,
    undo?: UndoLog<P>,
  ): void {
    undo?.cell(key, before);
    if (cell === undefined) this.entries.delete(key);
    else this.entries.set(key, cell);
    if (this.index !== undefined) {
      if (before !== undefined) this.leave(this.index, before);
      if (cell !== undefined) this.enter(this.index, key, cell);
    }
    if (this.blocks !== undefined) {
      for (const dot of dotsOf(before)) this.dropBlock(this.blocks, dot);
      for (const dot of dotsOf(cell)) this.dropBlock(this.blocks, dot);
    }
  }

  setSpan(writer: string, span: Span | undefined, undo?: UndoLog<P>): void {
    undo?.span(writer, this.context.get(writer));
    if (span === undefined) this.context.delete(writer);
    else this.context.set(writer, span);
  }

  /** All blocks that hold live dots, with contents from `describe`, which is asked only for those that changed since. */
  liveBlocks(
    describe: (writer: string, block: number) => Uint8Array,
  ): ReadonlyMap<string, ReadonlyMap<number, Uint8Array>> {
    const known = this.blocks;
    const blocks = new Map<string, Map<number, Uint8Array>>();
    for (const [writer, live] of this.liveIndex()) {
      const before = known?.get(writer);
      const contents = new Map<number, Uint8Array>();
      for (const counter of live.keys()) {
        const block = blockOf(counter);
        if (!contents.has(block)) {
          contents.set(block, before?.get(block) ?? describe(writer, block));
        }
      }
      if (contents.size > 0) blocks.set(writer, contents);
    }
    this.blocks = blocks;
    return blocks;
  }

  private enter(index: Map<string, Map<number, ElementKey>>, key: ElementKey, cell: Cell<P>): void {
    if (cell instanceof Dot) {
      let live = index.get(cell.writer);
      if (live === undefined) index.set(cell.writer, (live = new Map()));
      live.set(cell.counter, key);
    } else {
      for (const dot of cell) this.enter(index, key, dot);
    }
  }

  private leave(index: Map<string, Map<number, ElementKey>>, cell: Cell<P>): void {
    if (cell instanceof Dot) index.get(cell.writer)?.delete(cell.counter);
    else for (const dot of cell) this.leave(index, dot);
  }

  private dropBlock(blocks: Map<string, Map<number, Uint8Array>>, dot: Dot<P>): void {
    blocks.get(dot.writer)?.delete(blockOf(dot.counter));
  }
}

/** The block that a counter lies in. */
export function blockOf(counter: number): number {
  return Math.floor((counter - 1) / blockSize);
}

/** The counters of a block. */
export function blockSpan(block: number): Span {
  return spanFromRanges([block * blockSize + 1, (block + 1) * blockSize]);
}

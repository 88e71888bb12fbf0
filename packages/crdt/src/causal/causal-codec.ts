import { CompactMap } from '../compact-map.ts';
import type { ElementKey } from '../element-key.ts';
import { maxCounter, type Span, spanFromRanges, spanHas, spanRanges } from '../span.ts';
import { StateReader } from '../state-reader.ts';
import { StateWriter } from '../state-writer.ts';
import { CausalState } from './causal-state.ts';
import { CausalTable } from './causal-table.ts';
import { CellCollector } from './cell-collector.ts';
import { Dot } from './dot.ts';
import type { PayloadRules } from './payload.ts';

/**
 * Canonical bytes: the writers in order, each with its span and its live dots in ascending order. A
 * key stands with its first dot; further dots of the key point back to it (docs/adr/0012).
 */
export function encodeCausal<P>(
  tag: number,
  rules: PayloadRules<P>,
  state: CausalState<P>,
): Uint8Array {
  const table = state.table();
  const writer = new StateWriter().byte(tag);
  const { live, shared } = liveDotsByWriter(table);
  const names = [...table.context.keys()].sort();
  writer.varint(names.length);
  const firstPlaces = new Map<ElementKey, number>();
  let keysWritten = 0;
  for (const name of names) {
    writer.text(name);
    writeSpan(writer, table.context.get(name) as Span);
    const { dots, keys } = live.get(name) ?? nothingLive;
    writer.varint(dots.length);
    let previous = 0;
    for (let i = 0; i < dots.length; i++) {
      const dot = dots[i] as Dot<P>;
      const key = keys[i] as ElementKey;
      const step = (dot.counter - previous - 1) * 2;
      previous = dot.counter;
      const isShared = shared.size > 0 && shared.has(key);
      const place = isShared ? firstPlaces.get(key) : undefined;
      if (place === undefined) {
        writer.varint(step).element(key);
        if (isShared) firstPlaces.set(key, keysWritten);
        keysWritten++;
      } else {
        writer.varint(step + 1).varint(place);
      }
      rules.write(writer, dot.payload);
    }
  }
  return writer.finish();
}

/** The inverse. Throws MalformedStateError for whatever `encodeCausal` does not write. */
export function decodeCausal<P>(
  tag: number,
  rules: PayloadRules<P>,
  bytes: Uint8Array,
): CausalState<P> {
  const reader = new StateReader(bytes);
  if (reader.byte() !== tag) reader.fail('it is of another type');
  const cells = new CellCollector<P>();
  const context = new CompactMap<string, Span>();
  const keys: ElementKey[] = [];
  const names = reader.count(4);
  let lastName = '';
  for (let n = 0; n < names; n++) {
    const name = reader.writer();
    if (name <= lastName) reader.fail('its writers are not in order');
    lastName = name;
    const span = readSpan(reader);
    context.set(name, span);
    readLiveDots(reader, rules, name, span, cells, keys);
  }
  reader.end();
  return new CausalState(new CausalTable(cells.finish(), context));
}

/** Ranges as distances: from the end of the last one, and to the own end. */
export function writeSpan(writer: StateWriter, span: Span): void {
  const ranges = spanRanges(span);
  writer.varint(ranges.length / 2);
  let last = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    const from = ranges[i] as number;
    const to = ranges[i + 1] as number;
    writer.varint(from - last - 1).varint(to - from);
    last = to;
  }
}

export function readSpan(reader: StateReader): Span {
  const count = reader.count(2);
  if (count === 0) reader.fail('a span is empty');
  const ranges: number[] = [];
  let last = 0;
  for (let i = 0; i < count; i++) {
    const gap = reader.varint();
    if (i > 0 && gap === 0) reader.fail('two ranges touch');
    const from = last + gap + 1;
    last = from + reader.varint();
    if (last > maxCounter) reader.fail('a counter is above 2^52');
    ranges.push(from, last);
  }
  return spanFromRanges(ranges);
}

function readLiveDots<P>(
  reader: StateReader,
  rules: PayloadRules<P>,
  name: string,
  span: Span,
  cells: CellCollector<P>,
  keys: ElementKey[],
): void {
  const count = reader.count(2);
  let counter = 0;
  for (let i = 0; i < count; i++) {
    const head = reader.varint();
    counter += Math.floor(head / 2) + 1;
    if (!spanHas(span, counter)) reader.fail('a live dot is not in its context');
    let key: ElementKey;
    if (head % 2 === 0) {
      key = reader.element();
      if (rules.onlyKey !== undefined && key !== rules.onlyKey) reader.fail('it has a foreign key');
      if (cells.has(key)) reader.fail('an element is written twice');
      keys.push(key);
    } else {
      key = keys[reader.varint()] ?? reader.fail('it points to an element that is not there');
    }
    cells.add(key, new Dot(name, counter, rules.read(reader)));
  }
}

interface LiveDots<P> {
  dots: Dot<P>[];
  keys: ElementKey[];
}

const nothingLive: LiveDots<never> = { dots: [], keys: [] };

/** Every writer's live dots with their keys, in ascending order; and the keys that have several. */
function liveDotsByWriter<P>(table: CausalTable<P>): {
  live: Map<string, LiveDots<P>>;
  shared: Set<ElementKey>;
} {
  const live = new Map<string, LiveDots<P>>();
  const shared = new Set<ElementKey>();
  let last: { writer: string; dots: LiveDots<P> } | undefined;
  const enter = (dot: Dot<P>, key: ElementKey): void => {
    if (last?.writer !== dot.writer) {
      const dots = live.get(dot.writer) ?? { dots: [], keys: [] };
      live.set(dot.writer, dots);
      last = { writer: dot.writer, dots };
    }
    last.dots.dots.push(dot);
    last.dots.keys.push(key);
  };
  for (const [key, cell] of table.entries) {
    if (cell instanceof Dot) {
      enter(cell, key);
    } else {
      shared.add(key);
      for (const dot of cell) enter(dot, key);
    }
  }
  for (const [writer, dots] of live) live.set(writer, inOrder(dots));
  return { live, shared };
}

function inOrder<P>({ dots, keys }: LiveDots<P>): LiveDots<P> {
  const counterAt = (i: number): number => (dots[i] as Dot<P>).counter;
  let sorted = true;
  for (let i = 1; i < dots.length && sorted; i++) sorted = counterAt(i - 1) < counterAt(i);
  if (sorted) return { dots, keys };
  const order = Array.from(dots, (_, i) => i).sort((a, b) => counterAt(a) - counterAt(b));
  return {
    dots: order.map((i) => dots[i] as Dot<P>),
    keys: order.map((i) => keys[i] as ElementKey),
  };
}

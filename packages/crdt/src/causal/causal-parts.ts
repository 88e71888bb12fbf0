import { CompactMap } from '../compact-map.ts';
import type { Divisible } from '../crdt.ts';
import {
  emptySpan,
  maxCounter,
  type Span,
  spanDifference,
  spanFromRanges,
  spanIntersection,
  spanRanges,
  spanUnion,
} from '../span.ts';
import { sha256 } from '../sha256.ts';
import { MalformedStateError } from '../errors.ts';
import { StateReader } from '../state-reader.ts';
import { StateWriter } from '../state-writer.ts';
import { isWriterId } from '../writer-id.ts';
import { readSpan, writeSpan } from './causal-codec.ts';
import { CausalState, emptyCausalState, spanOfAll } from './causal-state.ts';
import { blockOf, blockSize, CausalTable } from './causal-table.ts';
import { CellCollector } from './cell-collector.ts';
import { type Dot, dotsOf, findDot } from './dot.ts';
import type { PayloadRules } from './payload.ts';

/** What a description says of a part: the writer's whole span, or the live dots of one block. */
const PartTag = { span: 0, block: 1 } as const;

/**
 * How causal states are compared: a part for the span of each writer, and one for each block of 64
 * counters in which the writer has live dots. Equal spans and blocks mean equal states. A peer
 * that tells its span learns all dots it never saw; one that tells its live dots in a block learns which
 * of them were removed, and which others live.
 */
export function causalParts<P>(rules: PayloadRules<P>): Divisible<CausalState<P>> {
  return {
    *parts(state) {
      const table = state.table();
      for (const [writer, span] of table.context) {
        const content = new StateWriter();
        writeSpan(content, span);
        yield [spanPart(writer), content.finish()];
      }
      const blocks = table.liveBlocks((writer, block) => blockContent(rules, table, writer, block));
      for (const [writer, contents] of blocks) {
        for (const [block, content] of contents) yield [blockPart(writer, block), content];
      }
    },

    describe(state, ids) {
      const table = state.table();
      const description = new StateWriter();
      for (const id of ids) {
        const part = parsePart(id);
        if (part.block === undefined) {
          description.byte(PartTag.span).text(part.writer);
          describeSpan(description, table.context.get(part.writer) ?? emptySpan);
        } else {
          description.byte(PartTag.block).text(part.writer).varint(part.block);
          description.block(blockContent(rules, table, part.writer, part.block));
        }
      }
      return description.finish();
    },

    answer(state, description) {
      const table = state.table();
      const wanted = new Map<string, Span>();
      const want = (writer: string, span: Span): void => {
        if (span !== emptySpan) wanted.set(writer, spanUnion(wanted.get(writer) ?? 0, span));
      };
      const reader = new StateReader(description);
      while (reader.remaining > 0) {
        const tag = reader.byte();
        const writer = reader.writer();
        const own = table.context.get(writer) ?? emptySpan;
        if (tag === PartTag.span) {
          want(writer, spanDifference(own, readDescribedSpan(reader)));
        } else if (tag === PartTag.block) {
          const block = reader.varint();
          if (block > lastBlock) reader.fail('a block number is too high');
          const theirs = readBlock(reader.block(), rules);
          want(writer, spanIntersection(own, differences(table, rules, writer, block, theirs)));
        } else {
          reader.fail(`a description has the unknown tag ${tag}`);
        }
      }
      return restrict(table, wanted);
    },

    *split(state, maxBytes) {
      yield* splitTable(rules, state.table(), maxBytes);
    },
  };
}

const payloadDigestBytes = 8;

/** The block of the highest counter. */
const lastBlock = blockOf(maxCounter);

function spanPart(writer: string): string {
  return `s${writer}`;
}

function blockPart(writer: string, block: number): string {
  return `b${block} ${writer}`;
}

/** What a part's ID, perhaps a peer's, means. Throws MalformedStateError for what no state has a part of. */
function parsePart(id: string): { writer: string; block?: number } {
  if (id.startsWith('s') && isWriterId(id.slice(1))) return { writer: id.slice(1) };
  const match = /^b(0|[1-9]\d{0,13}) (.+)$/s.exec(id);
  const [block, writer] = [Number(match?.[1]), match?.[2]];
  if (!(block <= lastBlock) || writer === undefined || !isWriterId(writer)) {
    throw new MalformedStateError(`no state has a part ${JSON.stringify(id.slice(0, 80))}`);
  }
  return { block, writer };
}

function describeSpan(description: StateWriter, span: Span): void {
  const empty = span === emptySpan;
  description.byte(empty ? 0 : 1);
  if (!empty) writeSpan(description, span);
}

function readDescribedSpan(reader: StateReader): Span {
  return reader.byte() === 0 ? emptySpan : readSpan(reader);
}

/** The live dots of a block: their places in it, and digests of what may have grown in them. */
function blockContent<P>(
  rules: PayloadRules<P>,
  table: CausalTable<P>,
  writer: string,
  block: number,
): Uint8Array {
  const content = new StateWriter();
  const first = block * blockSize + 1;
  const live = table.liveDots(writer);
  for (let counter = first; live !== undefined && counter < first + blockSize; counter++) {
    const key = live.get(counter);
    if (key === undefined) continue;
    content.byte(counter - first);
    if (rules.growth === undefined) continue;
    const dot = findDot(table.entries.get(key), writer, counter) as Dot<P>;
    const payload = new StateWriter();
    rules.write(payload, dot.payload);
    content.raw(sha256(payload.finish()).subarray(0, payloadDigestBytes));
  }
  return content.finish();
}

/** Places of live dots in a block, with the digests of their payloads where these can grow. */
function readBlock<P>(content: Uint8Array, rules: PayloadRules<P>): Map<number, Uint8Array> {
  const reader = new StateReader(content);
  const dots = new Map<number, Uint8Array>();
  while (reader.remaining > 0) {
    const place = reader.byte();
    if (place >= blockSize) reader.fail('a dot lies outside its block');
    dots.set(
      place,
      rules.growth === undefined ? new Uint8Array(0) : reader.raw(payloadDigestBytes),
    );
  }
  return dots;
}

/** The counters of a block that the peer has live and this table has not, or the other way round, or whose payloads differ. */
function differences<P>(
  table: CausalTable<P>,
  rules: PayloadRules<P>,
  writer: string,
  block: number,
  theirs: ReadonlyMap<number, Uint8Array>,
): Span {
  const ours = readBlock(blockContent(rules, table, writer, block), rules);
  const counters: number[] = [];
  for (let place = 0; place < blockSize; place++) {
    const a = ours.get(place);
    const b = theirs.get(place);
    const same = a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
    if (!same) counters.push(block * blockSize + 1 + place);
  }
  return counters.length === 0 ? emptySpan : spanOfAll(counters);
}

/** The delta that says of the wanted dots, and of no others, what this table knows. */
function restrict<P>(table: CausalTable<P>, wanted: ReadonlyMap<string, Span>): CausalState<P> {
  const cells = new CellCollector<P>();
  const context = new CompactMap<string, Span>();
  for (const [writer, span] of wanted) {
    context.set(writer, span);
    for (const [counter, key] of table.liveWithin(writer, span)) {
      cells.add(key, findDot(table.entries.get(key), writer, counter) as Dot<P>);
    }
  }
  return context.size === 0
    ? emptyCausalState()
    : new CausalState(new CausalTable(cells.finish(), context));
}

/** Deltas of whole dots, each about `maxBytes`; then what the context says of dead dots. */
function* splitTable<P>(
  rules: PayloadRules<P>,
  table: CausalTable<P>,
  maxBytes: number,
): Iterable<CausalState<P>> {
  const cells = new CellCollector<P>();
  let counters = new Map<string, number[]>();
  let size = new StateWriter();
  const cut = (): CausalState<P> => {
    const context = new CompactMap<string, Span>();
    for (const [writer, list] of counters) context.set(writer, spanOfAll(list));
    const delta = new CausalState(new CausalTable(cells.finish(), context));
    counters = new Map();
    size = new StateWriter();
    return delta;
  };
  for (const [key, cell] of table.entries) {
    for (const dot of dotsOf(cell)) {
      size.element(key).varint(dot.counter);
      rules.write(size, dot.payload);
      cells.add(key, dot);
      const list = counters.get(dot.writer);
      if (list === undefined) {
        counters.set(dot.writer, [dot.counter]);
        size.text(dot.writer);
      } else {
        list.push(dot.counter);
      }
      if (size.size >= maxBytes) yield cut();
    }
  }
  if (!cells.isEmpty) yield cut();
  yield* splitDead(table, maxBytes);
}

function* splitDead<P>(table: CausalTable<P>, maxBytes: number): Iterable<CausalState<P>> {
  const rangesEach = Math.max(1, Math.floor(maxBytes / 8));
  for (const [writer, span] of table.context) {
    const live = [...(table.liveDots(writer)?.keys() ?? [])];
    const dead = live.length === 0 ? span : spanDifference(span, spanOfAll(live));
    const ranges = spanRanges(dead);
    for (let i = 0; i < ranges.length; i += rangesEach * 2) {
      const part = spanFromRanges(ranges.slice(i, i + rangesEach * 2));
      const context = new CompactMap<string, Span>(writer, part);
      yield new CausalState(new CausalTable<P>(new CompactMap(), context));
    }
  }
}

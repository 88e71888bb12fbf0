import { InvalidArgumentError } from '@macula/core';
import type { Crdt, Timestamped } from './crdt.ts';
import { compareKeys, type ElementKey, keyOf, valueOf } from './element-key.ts';
import { compareTimestamps, isTimestamp, type Timestamp, timestampAfter } from './hybrid-clock.ts';
import { sha256 } from './sha256.ts';
import { StateReader } from './state-reader.ts';
import { StateTag } from './state-tag.ts';
import { StateWriter } from './state-writer.ts';
import { checkWriter } from './writer-id.ts';

/** The last write: when, by whom, and what; `undefined` before the first. */
export type LWWRegisterState<T = unknown> =
  | {
      readonly at: Timestamp;
      readonly writer: string;
      /** @internal */
      readonly key: ElementKey;
      readonly valueType?: T;
    }
  | undefined;

/**
 * A register in which the last write wins, by hybrid logical clock; writes at the same timestamp are
 * ordered by their writers' IDs.
 */
export interface LWWRegisterType<T>
  extends Crdt<LWWRegisterState<T>, T | undefined>, Timestamped<LWWRegisterState<T>> {
  /**
   * Delta that writes `value` in the name of `writer` at `now`, a reading of its HybridClock; or right after
   * the write that `state` holds, if that is later, so that a writer always overwrites what it saw.
   * Throws UnencodableValueError, InvalidArgumentError.
   */
  set(state: LWWRegisterState<T>, writer: string, value: T, now: Timestamp): LWWRegisterState<T>;
}

/** The register type of values `T`; the same object for every `T`. */
export function lwwRegister<T>(): LWWRegisterType<T> {
  return LWWRegister as unknown as LWWRegisterType<T>;
}

const encode = (state: LWWRegisterState): Uint8Array => {
  const writer = new StateWriter().byte(StateTag.lwwRegister);
  if (state !== undefined) {
    writer.varint(state.at.wallMs).varint(state.at.counter).text(state.writer).element(state.key);
  }
  return writer.finish();
};

/** Orders writes; the value decides only between two writes of one writer at one timestamp, which no correct writer makes. */
function compareWrites(a: LWWRegisterState, b: LWWRegisterState): number {
  if (a === undefined || b === undefined)
    return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  const byTime = compareTimestamps(a.at, b.at);
  if (byTime !== 0) return byTime;
  if (a.writer !== b.writer) return a.writer < b.writer ? -1 : 1;
  return compareKeys(a.key, b.key);
}

export const LWWRegister: LWWRegisterType<unknown> = {
  name: 'macula.lww-register',
  empty: undefined,
  merge: (a, b) => (compareWrites(a, b) >= 0 ? a : b),
  value: (state) => (state === undefined ? undefined : valueOf(state.key)),
  lessOrEqual: (a, b) => compareWrites(a, b) <= 0,
  encode,
  digest: (state) => sha256(encode(state)),
  latestTimestamp: (state) => state?.at,

  decode(bytes) {
    const reader = new StateReader(bytes);
    if (reader.byte() !== StateTag.lwwRegister) reader.fail('it is of another type');
    if (reader.remaining === 0) return undefined;
    const at = { wallMs: reader.varint(), counter: reader.varint() };
    if (!isTimestamp(at)) reader.fail('a timestamp is out of range');
    const state = { at, writer: reader.writer(), key: reader.element() };
    reader.end();
    return state;
  },

  set(state, writer, value, now) {
    checkWriter(writer);
    checkTimestamp(now);
    const overtaken = state !== undefined && compareTimestamps(state.at, now) >= 0;
    const at = overtaken ? timestampAfter(state.at, now.wallMs) : now;
    checkTimestamp(at);
    return { at: { wallMs: at.wallMs, counter: at.counter }, writer, key: keyOf(value) };
  },
};

function checkTimestamp(at: Timestamp): void {
  if (isTimestamp(at)) return;
  throw new InvalidArgumentError(
    `a timestamp consists of milliseconds that a date can hold and a counter of 32 bits, got ${at.wallMs} and ${at.counter}`,
  );
}

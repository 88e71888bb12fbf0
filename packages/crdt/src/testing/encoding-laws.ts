import { MaculaError } from '@macula/core';
import type { Examination } from './examination.ts';
import type { Law } from './law.ts';
import { comparable, readable, readableBytes } from './readable.ts';

/** One state, one form of bytes; and nothing but these bytes is a state. */
export function encodingLaws<State, Value>(exam: Examination<State, Value>): Law[] {
  const { type } = exam;
  return [
    exam.lawOfStates('decode is the inverse of encode', 1, ([a], outcome) => {
      const decoded = type.decode(type.encode(a.state));
      exam.requireEqual({ name: `${a.name}, encoded and decoded,`, state: decoded }, a, outcome);
      const [left, right] = [type.value(decoded), type.value(a.state)];
      if (comparable(left) === comparable(right)) return;
      exam.fail(`${exam.tell(a)}\nDecoded it has the value ${readable(left)}.`, outcome);
    }),

    exam.lawOfStates('equal states have equal bytes, digests and values', 2, ([a, b], outcome) => {
      const both = type.merge(a.state, b.state);
      const merge = { name: 'the merge', state: both };
      const ways = [
        { name: 'the merge the other way round', state: type.merge(b.state, a.state) },
        { name: 'the merge, decoded', state: type.decode(type.encode(both)) },
        {
          name: 'the merge after a repetition',
          state: type.merge(type.merge(b.state, both), a.state),
        },
      ];
      for (const way of ways) {
        const mutual = type.lessOrEqual(both, way.state) && type.lessOrEqual(way.state, both);
        if (!mutual)
          exam.fail(`${exam.tell(merge)}\n${exam.tell(way)}\nThey should be equal.`, outcome);
        exam.requireEqual(merge, way, outcome);
        const sameDigest = Buffer.compare(type.digest(both), type.digest(way.state)) === 0;
        const sameValue = comparable(type.value(both)) === comparable(type.value(way.state));
        if (!sameDigest || !sameValue) {
          exam.fail(
            `${exam.tell(way)}\nIts ${sameDigest ? 'value' : 'digest'} differs from the same state's, come by otherwise.`,
            outcome,
          );
        }
      }
    }),

    exam.lawOfStates('unequal states have unequal digests', 2, ([a, b], outcome) => {
      const sameDigest = Buffer.compare(type.digest(a.state), type.digest(b.state)) === 0;
      if (sameDigest === exam.equal(a.state, b.state)) return;
      exam.fail(
        `${exam.tell(a)}\n${exam.tell(b)}\nOnly one of bytes and digest tells them apart.`,
        outcome,
      );
    }),

    exam.law('damaged bytes are refused with a typed error', (outcome, choices) => {
      const { specimens } = outcome;
      const { state } = specimens[(choices[0] ?? 0) % specimens.length] ?? { state: type.empty };
      const bytes = damaged(type.encode(state), choices.slice(1));
      let decoded: State;
      try {
        decoded = type.decode(bytes);
      } catch (error) {
        if (error instanceof MaculaError) return;
        exam.fail(
          `Decoding ${readableBytes(bytes)} throws ${String(error)}, which is no MaculaError.`,
          outcome,
        );
      }
      const again = type.encode(decoded);
      if (Buffer.compare(again, bytes) === 0) return;
      exam.fail(
        `Decoding accepts ${readableBytes(bytes)}, but encodes the result as ${readableBytes(again)}.`,
        outcome,
      );
    }),
  ];
}

/** Cuts, extends or changes bytes, as the choices say. */
function damaged(bytes: Uint8Array, choices: readonly number[]): Uint8Array {
  const [kind = 0, place = 0, value = 0, more = 0] = choices;
  const at = bytes.length === 0 ? 0 : place % bytes.length;
  switch (kind % 5) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return Uint8Array.of(...bytes, value % 256);
    case 2:
      return bytes.with(at, value % 256);
    case 3:
      // A length or count that promises 2^49 and more.
      return Uint8Array.of(
        ...bytes.slice(0, at),
        255,
        255,
        255,
        255,
        255,
        255,
        255,
        1,
        ...bytes.slice(at),
      );
    default:
      return bytes.length === 0
        ? bytes
        : bytes.with(at, value % 256).with(more % bytes.length, more % 256);
  }
}

import { describe, expect, test } from '@jest/globals';
import {
  EWFlag,
  GCounter,
  LWWRegister,
  MalformedStateError,
  MVRegister,
  ORMap,
  type ORMapType,
  ORSet,
  PNCounter,
} from './index.ts';
import { StateWriter } from './state-writer.ts';

function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
}

/** A set with one element that one writer has added `count` times, as nobody but an attacker encodes it. */
function crowdedElement(writer: string, count: number): Uint8Array {
  const bytes = new StateWriter().byte(0x14).varint(1).text(writer);
  bytes
    .varint(1)
    .varint(0)
    .varint(count - 1); // one span, from 1 on
  bytes.varint(count).varint(0).element('x');
  for (let i = 1; i < count; i++) bytes.varint(1).varint(0); // next counter, the same element
  return bytes.finish();
}

describe('a state that fits a frame', () => {
  // Time in proportion to its length: what is quadratic in these takes hours.
  test('costs no more for having all its dots on one element', () => {
    const [a, b] = ['a', 'b'].map((writer) => ORSet.decode(crowdedElement(writer, 100_000)));
    const both = ORSet.merge(a!, b!);
    expect(ORSet.value(both)).toEqual(['x']);
    expect(ORSet.lessOrEqual(ORSet.decode(crowdedElement('a', 100_000)), both)).toBe(true);
    expect(ORSet.merge(both, ORSet.decode(ORSet.encode(both)))).toBe(both);
    const pieces = [...ORSet.split(both, 32_768)].reduce((x, y) => ORSet.merge(x, y), ORSet.empty);
    expect(Buffer.compare(ORSet.digest(pieces), ORSet.digest(both))).toBe(0);
    const ids = [...ORSet.parts(both)].map(([id]) => id);
    const answer = ORSet.answer(both, ORSet.describe(ORSet.empty, ids));
    expect(ORSet.lessOrEqual(both, answer)).toBe(true);
    const removed = ORSet.merge(both, ORSet.decode(ORSet.encode(ORSet.remove(both, 'x'))));
    expect(ORSet.size(removed)).toBe(0);
  });

  test('costs no more for counting under many names', () => {
    const bytes = new StateWriter().byte(0x10).varint(100_000);
    for (let i = 0; i < 100_000; i++) bytes.text(`w${String(i).padStart(6, '0')}`).varint(1);
    const counter = GCounter.decode(bytes.finish());
    const ids = [...GCounter.parts(counter)].map(([id]) => id);
    const answer = GCounter.answer(counter, GCounter.describe(GCounter.empty, ids));
    expect(GCounter.value(answer)).toBe(100_000);
  });

  test('cannot name parts that no state has', () => {
    const set = ORSet.add(ORSet.empty, 'w', 'x');
    const count = GCounter.increment(GCounter.empty, 'w');
    const long = 'w'.repeat(257);
    for (const id of [
      `b${'9'.repeat(400)} w`,
      `b${2 ** 52} w`,
      'b1e3 w',
      'b01 w',
      'b0 ',
      's',
      '',
    ]) {
      expect(() => ORSet.describe(set, [id])).toThrow(MalformedStateError);
    }
    expect(() => ORSet.describe(set, [`s${long}`])).toThrow(MalformedStateError);
    for (const id of ['', long]) {
      expect(() => GCounter.describe(count, [id])).toThrow(MalformedStateError);
      expect(() => PNCounter.describe(PNCounter.empty, [id])).toThrow(MalformedStateError);
    }
  });

  test('cannot use up what others can still do without an error of its own', () => {
    const bytes = new StateWriter().byte(0x14).varint(1).text('a');
    bytes
      .varint(1)
      .varint(0)
      .varint(2 ** 52 - 1)
      .varint(0); // every event of the writer a
    const full = ORSet.decode(bytes.finish());
    expect(codeOf(() => ORSet.add(full, 'a', 'x'))).toBe('macula.limit_exceeded');
    expect(codeOf(() => EWFlag.enable(full as never, 'a'))).toBe('macula.limit_exceeded');
    expect(ORSet.value(ORSet.merge(full, ORSet.add(full, 'b', 'x')))).toEqual(['x']);

    const end = { wallMs: 5, counter: 0xffff_ffff };
    const last = LWWRegister.set(undefined, 'a', 'last', end);
    const next = LWWRegister.set(last, 'b', 'next', { wallMs: 5, counter: 0 });
    expect(next?.at).toEqual({ wallMs: 6, counter: 0 });
    expect(LWWRegister.value(LWWRegister.decode(LWWRegister.encode(next)))).toBe('next');
    const endOfTime = { wallMs: 8.64e15, counter: 0xffff_ffff };
    const never = LWWRegister.set(undefined, 'a', 'never', endOfTime);
    expect(codeOf(() => LWWRegister.set(never, 'b', 'x', end))).toBe('macula.invalid_argument');
    for (const [wallMs, counter] of [
      [8.64e15 + 1, 0],
      [0, 2 ** 32],
    ] as const) {
      const beyond = new StateWriter().byte(0x12).varint(wallMs).varint(counter);
      const state = beyond.text('a').element('x').finish();
      expect(codeOf(() => LWWRegister.decode(state))).toBe('macula.crdt.malformed_state');
    }
  });
});

describe('values', () => {
  test('are refused when nobody could decode them, however deep the reason lies', () => {
    for (const wrong of [['a', ['\ud800']], { k: '\udfff' }, { '\ud800': 1 }]) {
      expect(codeOf(() => ORSet.add(ORSet.empty, 'w', wrong))).toBe(
        'macula.crdt.unencodable_value',
      );
      expect(codeOf(() => MVRegister.set(MVRegister.empty, 'w', wrong))).toBe(
        'macula.crdt.unencodable_value',
      );
    }
  });

  test('are the same element whatever type of number or order of keys they came in', () => {
    const same: [unknown, unknown][] = [
      [1, 1n],
      [-0, 0],
      [2 ** 53 - 1, 2n ** 53n - 1n],
      [[1, { b: 2n, a: -0 }], [1n, { a: 0, b: 2 }]],
      [new Map([['x', 1]]), { x: 1n }],
      [undefined, null],
      [Buffer.from([1]), Uint8Array.of(1)],
      [Number.NaN, 0 / 0],
    ]; // prettier-ignore
    for (const [a, b] of same) {
      const [left, right] = [ORSet.add(ORSet.empty, 'w', a), ORSet.add(ORSet.empty, 'w', b)];
      expect(Buffer.compare(ORSet.encode(left), ORSet.encode(right))).toBe(0);
      expect(ORSet.has(left, b)).toBe(true);
    }
    for (const [a, b] of [
      ['1', 1],
      [2 ** 60, 2n ** 60n],
      [[], {}],
      ['\0a', 'a'],
      [Uint8Array.of(97), 'a'],
    ] as const) {
      expect(ORSet.has(ORSet.add(ORSet.empty, 'w', a), b)).toBe(false);
    }
  });
});

describe('maps within maps', () => {
  type AnyMap = ORMapType<string, unknown, unknown>;

  test.each([['loses'], ['wins']] as const)(
    'work ten deep when a concurrent remove %s, and under the longest writer ID',
    (concurrentRemove) => {
      const levels: AnyMap[] = [ORMap(EWFlag, { concurrentRemove }) as AnyMap];
      for (let i = 1; i < 10; i++) {
        levels.push(ORMap(levels[i - 1] as AnyMap, { concurrentRemove }) as unknown as AnyMap);
      }
      const enable = (level: number, state: unknown, writer: string): unknown =>
        level < 0
          ? EWFlag.enable(state as typeof EWFlag.empty, writer)
          : levels[level]!.update(state as AnyMap['empty'], writer, 'k', (inner, alias) =>
              enable(level - 1, inner, alias),
            );
      const top = levels[9] as AnyMap;
      let state = top.empty;
      for (const writer of ['a', 'w'.repeat(256), 'a']) {
        state = top.merge(state, enable(9, state, writer) as typeof state);
      }
      let value: unknown = top.value(top.decode(top.encode(state)));
      for (let i = 0; i < 10; i++) value = (value as Map<string, unknown>).get('k');
      expect(value).toBe(true);
    },
  );
});

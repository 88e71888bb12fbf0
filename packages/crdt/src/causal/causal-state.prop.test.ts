import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { orSet, type ORSetState } from '../index.ts';
import { crdtLaws, operation, orSetSubject } from '../testing/index.ts';

const Numbers = orSet<number>();
type State = ORSetState<number>;

/** The same set as the papers write it down: every dot with its element, and every dot ever seen. */
class PlainSet {
  readonly live = new Map<string, number>();
  readonly seen = new Set<string>();

  add(writer: string, element: number): PlainSet {
    const delta = this.remove(element);
    const dot = `${writer}${[...this.seen].filter((each) => each.startsWith(writer)).length + 1}`;
    delta.live.set(dot, element);
    delta.seen.add(dot);
    return delta;
  }

  remove(element: number): PlainSet {
    const delta = new PlainSet();
    for (const [dot, each] of this.live) if (each === element) delta.seen.add(dot);
    return delta;
  }

  merge(other: PlainSet): PlainSet {
    const merged = new PlainSet();
    for (const [dot, element] of [...this.live, ...other.live]) {
      const here = this.live.has(dot) || !this.seen.has(dot);
      const there = other.live.has(dot) || !other.seen.has(dot);
      if (here && there) merged.live.set(dot, element);
    }
    for (const dot of [...this.seen, ...other.seen]) merged.seen.add(dot);
    return merged;
  }

  get value(): number[] {
    return [...new Set(this.live.values())].sort((a, b) => a - b);
  }
}

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('add', 'add', 'add', 'remove', 'sync', 'look'),
    replica: fc.nat({ max: 2 }),
    other: fc.nat({ max: 2 }),
    element: fc.nat({ max: 60 }),
  }),
  { minLength: 40, maxLength: 250, size: 'max' },
);

describe('large causal states', () => {
  test('do what the plain definition does, and old versions stay what they were', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const states: State[] = [Numbers.empty, Numbers.empty, Numbers.empty];
        const plain = [new PlainSet(), new PlainSet(), new PlainSet()];
        const looks: { state: State; value: number[]; bytes: Uint8Array | undefined }[] = [];
        history.forEach(({ kind, replica, other, element }, i) => {
          const state = states[replica] as State;
          const set = plain[replica] as PlainSet;
          const writer = 'abc'.charAt(replica);
          if (kind === 'add') {
            states[replica] = Numbers.merge(state, Numbers.add(state, writer, element));
            plain[replica] = set.merge(set.add(writer, element));
          } else if (kind === 'remove') {
            states[replica] = Numbers.merge(state, Numbers.remove(state, element));
            plain[replica] = set.merge(set.remove(element));
          } else if (kind === 'sync') {
            states[replica] = Numbers.merge(state, states[other] as State);
            plain[replica] = set.merge(plain[other] as PlainSet);
          } else {
            const bytes = i % 2 === 0 ? Numbers.encode(state) : undefined;
            looks.push({ state, value: set.value, bytes });
          }
        });
        states.forEach((state, i) => {
          expect(Numbers.value(state)).toEqual(plain[i]?.value);
          expect(Numbers.value(Numbers.decode(Numbers.encode(state)))).toEqual(plain[i]?.value);
        });
        for (const { state, value, bytes } of looks) {
          expect(Numbers.value(state)).toEqual(value);
          if (bytes !== undefined) expect(Numbers.encode(state)).toEqual(bytes);
        }
      }),
      { numRuns: 60 },
    );
  }, 30_000);

  const { type, operations } = orSetSubject;
  const large = {
    ...operations,
    addMany: operation(fc.nat({ max: 3 }), (state: ORSetState, { writer }, from) => {
      let [next, delta] = [state, type.empty];
      for (let i = 0; i < 24; i++) {
        const added = Numbers.add(next as State, writer, from * 12 + i) as ORSetState;
        delta = type.merge(delta, added);
        next = type.merge(next, added);
      }
      return delta;
    }),
  };
  for (const { name, check } of crdtLaws(type, large, { runs: 60 })) {
    test(`obey: ${name}`, check, 30_000);
  }
});

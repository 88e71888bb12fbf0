import { describe, expect, test } from '@jest/globals';
import { virtualClock } from '@macula/testkit';
import {
  type Crdt,
  createHybridClock,
  EWFlag,
  GCounter,
  LWWRegister,
  lwwRegister,
  MVRegister,
  ORMap,
  ORSet,
  orSet,
  PNCounter,
} from './index.ts';

const Names = orSet<string>();

/** A state that several deltas were merged into, each made from the state before. */
function after<State, Value>(
  type: Crdt<State, Value>,
  ...mutations: ((state: State) => State)[]
): State {
  return mutations.reduce((state, mutate) => type.merge(state, mutate(state)), type.empty);
}

function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
}

describe('counters', () => {
  test('count what every writer did', () => {
    const state = after(
      PNCounter,
      (s) => PNCounter.increment(s, 'a', 5),
      (s) => PNCounter.decrement(s, 'b', 2),
      (s) => PNCounter.increment(s, 'b'),
    );
    expect(PNCounter.value(state)).toBe(4);
    expect(GCounter.value(after(GCounter, (s) => GCounter.increment(s, 'a', 0)))).toBe(0);
  });

  test('refuse amounts that are no natural numbers, writers without a name, and overflows', () => {
    for (const amount of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(codeOf(() => GCounter.increment(GCounter.empty, 'a', amount))).toBe(
        'macula.invalid_argument',
      );
    }
    expect(codeOf(() => GCounter.increment(GCounter.empty, ''))).toBe('macula.invalid_argument');
    expect(codeOf(() => GCounter.increment(GCounter.empty, '\ud800'))).toBe(
      'macula.invalid_argument',
    );
    const full = GCounter.increment(GCounter.empty, 'a', Number.MAX_SAFE_INTEGER);
    expect(codeOf(() => GCounter.increment(full, 'a'))).toBe('macula.invalid_argument');
    expect(GCounter.value(GCounter.decode(GCounter.encode(full)))).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('ORSet', () => {
  test('takes all that MessagePack can carry, and tells equal values by their canonical bytes', () => {
    const elements = [
      'a', '', '\0b', 'é', 'x'.repeat(500), 0, -7, 2 ** 40, 0.5, 2n ** 60n, true, null, [1, ['a']],
      { b: 1, a: { c: [] } }, Uint8Array.of(1, 2),
    ]; // prettier-ignore
    const state = after(
      ORSet,
      ...elements.map((each) => (s: typeof ORSet.empty) => ORSet.add(s, 'w', each)),
    );
    expect(ORSet.size(state)).toBe(elements.length);
    const again = ORSet.decode(ORSet.encode(state));
    for (const each of elements) expect(ORSet.has(again, each)).toBe(true);
    expect(ORSet.value(again)).toEqual(ORSet.value(state));
    expect([...ORSet.elements(again)]).toHaveLength(elements.length);
    expect(ORSet.has(state, { a: { c: [] }, b: 1 })).toBe(true);
    expect(ORSet.has(state, 2n ** 40n)).toBe(true);
    expect(ORSet.has(state, -0)).toBe(true);
    expect(ORSet.has(state, '0')).toBe(false);
  });

  test('refuses what has no MessagePack form', () => {
    for (const wrong of [() => 1, Symbol('x'), 'lone \ud800']) {
      expect(codeOf(() => ORSet.add(ORSet.empty, 'w', wrong))).toBe(
        'macula.crdt.unencodable_value',
      );
    }
  });

  test('keeps an element that one adds while another removes it', () => {
    const both = after(Names, (s) => Names.add(s, 'a', 'x'));
    const removed = Names.merge(both, Names.remove(both, 'x'));
    const added = Names.merge(both, Names.add(both, 'b', 'x'));
    expect(Names.value(Names.merge(removed, added))).toEqual(['x']);
    expect(Names.value(Names.merge(removed, both))).toEqual([]);
  });

  test('is as small after much churn as with the same elements freshly added', () => {
    const fresh = after(
      Names,
      ...Array.from(
        { length: 1_000 },
        (_, i) => (s: typeof Names.empty) => Names.add(s, 'w', `${i}`),
      ),
    );
    let state = fresh;
    for (let i = 0; i < 50_000; i++) {
      state = Names.merge(state, Names.remove(state, `${i % 1_000}`));
      state = Names.merge(state, Names.add(state, 'w', `${i % 1_000}`));
    }
    expect(Names.size(state)).toBe(1_000);
    expect(Names.encode(state).length - Names.encode(fresh).length).toBeLessThan(10);
  });

  test('merges a delta into a large set without looking through it', () => {
    let state = Names.empty;
    for (let i = 0; i < 5_000; i++) state = Names.merge(state, Names.add(state, 'w', `${i}`));
    const delta = Names.decode(Names.encode(Names.add(state, 'w', 'new')));
    let looked = 0;
    const entries = state as unknown as { table(): { entries: { entries(): unknown } } };
    const table = entries.table();
    const original = table.entries.entries.bind(table.entries);
    table.entries.entries = () => {
      looked++;
      return original();
    };
    expect(Names.has(Names.merge(state, delta), 'new')).toBe(true);
    expect(looked).toBe(0);
  });

  test('empties at once', () => {
    const full = after(
      Names,
      (s) => Names.add(s, 'a', 'x'),
      (s) => Names.add(s, 'b', 'y'),
    );
    expect(Names.value(Names.merge(full, Names.clear(full)))).toEqual([]);
    expect(Names.clear(Names.empty)).toEqual(Names.empty);
  });
});

describe('registers and flags', () => {
  test('a later write wins, and whoever overwrites what they saw is later', () => {
    const Titles = lwwRegister<string>();
    const early = { wallMs: 1_000, counter: 0 };
    const late = { wallMs: 2_000, counter: 0 };
    const first = Titles.set(Titles.empty, 'a', 'future', late);
    const second = Titles.merge(first, Titles.set(first, 'b', 'correction', early));
    expect(Titles.value(second)).toBe('correction');
    expect(second?.at).toEqual({ wallMs: 2_000, counter: 1 });
    expect(Titles.latestTimestamp(second)).toEqual({ wallMs: 2_000, counter: 1 });
    const tie = Titles.merge(
      Titles.set(Titles.empty, 'a', 'of a', early),
      Titles.set(Titles.empty, 'b', 'of b', early),
    );
    expect(Titles.value(tie)).toBe('of b');
    expect(codeOf(() => Titles.set(Titles.empty, 'a', 'x', { wallMs: -1, counter: 0 }))).toBe(
      'macula.invalid_argument',
    );
  });

  test('an MVRegister keeps what was written at once, in order', () => {
    const left = MVRegister.set(MVRegister.empty, 'a', 'x');
    const right = MVRegister.set(MVRegister.empty, 'b', 'w');
    const both = MVRegister.merge(left, right);
    expect(MVRegister.value(both)).toEqual(['w', 'x']);
    const one = MVRegister.merge(both, MVRegister.set(both, 'a', 'y'));
    expect(MVRegister.value(one)).toEqual(['y']);
    expect(MVRegister.value(MVRegister.merge(one, MVRegister.clear(one)))).toEqual([]);
    expect(MVRegister.clear(MVRegister.empty)).toBe(MVRegister.empty);
  });

  test('an EWFlag stays on when somebody enables it while another disables it', () => {
    const on = EWFlag.enable(EWFlag.empty, 'a');
    const off = EWFlag.merge(on, EWFlag.disable(on));
    const again = EWFlag.merge(on, EWFlag.enable(on, 'b'));
    expect([on, off, EWFlag.merge(off, again)].map(EWFlag.value)).toEqual([true, false, true]);
  });
});

describe('ORMap', () => {
  const Visits = ORMap<string, typeof PNCounter.empty, number>(PNCounter);
  const visit = (by: string) => (state: typeof Visits.empty) =>
    Visits.update(state, by, 'page', (count, writer) => PNCounter.increment(count, writer));

  test('has values of another type by key', () => {
    const state = after(Visits, visit('a'), visit('b'), visit('a'));
    expect(Visits.get(state, 'page')).toBe(3);
    expect(PNCounter.value(Visits.stateAt(state, 'page'))).toBe(3);
    expect(Visits.get(state, 'other')).toBeUndefined();
    expect(PNCounter.value(Visits.stateAt(state, 'other'))).toBe(0);
    expect([Visits.has(state, 'page'), Visits.has(state, 'other')]).toEqual([true, false]);
    expect([...Visits.keys(state)]).toEqual(['page']);
    expect(Visits.size(state)).toBe(1);
    expect(Visits.value(state)).toEqual(new Map([['page', 3]]));
    expect(Visits.remove(state, 'other')).toBe(Visits.empty);
  });

  test('starts anew after a remove, also against peers that knew the key before', () => {
    const before = after(Visits, visit('a'), visit('a'), visit('b'));
    const removed = Visits.merge(before, Visits.remove(before, 'page'));
    const anew = Visits.merge(removed, visit('a')(removed));
    expect(Visits.get(anew, 'page')).toBe(1);
    expect(Visits.get(Visits.merge(anew, before), 'page')).toBe(1);
  });

  test('keeps the share of whoever updates while another removes', () => {
    const before = after(Visits, visit('a'), visit('a'), visit('b'));
    const removed = Visits.merge(before, Visits.remove(before, 'page'));
    const updated = Visits.merge(before, visit('b')(before));
    expect(Visits.get(Visits.merge(removed, updated), 'page')).toBe(2);
  });

  test('lets the remove win where it was asked to, and sends only what changed', () => {
    const Fleeting = ORMap<string, typeof PNCounter.empty, number>(PNCounter, {
      concurrentRemove: 'wins',
    });
    const touch = (by: string) => (state: typeof Fleeting.empty) =>
      Fleeting.update(state, by, 'page', (count, writer) => PNCounter.increment(count, writer));
    const before = after(Fleeting, touch('a'), touch('b'), touch('a'));
    const removed = Fleeting.merge(before, Fleeting.remove(before, 'page'));
    const updated = Fleeting.merge(before, touch('b')(before));
    expect(Fleeting.get(updated, 'page')).toBe(4);
    expect(Fleeting.has(Fleeting.merge(removed, updated), 'page')).toBe(false);
    expect(Fleeting.name).not.toBe(Visits.name);
  });

  test('knows the latest timestamp inside it', () => {
    const Titles = ORMap(LWWRegister);
    const state = Titles.update(Titles.empty, 'a', 'k', (register, writer) =>
      LWWRegister.set(register, writer, 'v', { wallMs: 77, counter: 0 }),
    );
    expect(Titles.latestTimestamp(state)).toEqual({ wallMs: 77, counter: 0 });
    expect(Visits.latestTimestamp(after(Visits, visit('a')))).toBeUndefined();
  });
});

describe('decoding', () => {
  test('refuses every state of another type', () => {
    const types = [GCounter, PNCounter, LWWRegister, MVRegister, ORSet, EWFlag, ORMap(ORSet)];
    for (const type of types) {
      for (const other of types) {
        if (type === other) continue;
        const bytes = (other as Crdt<unknown, unknown>).encode(other.empty);
        expect(codeOf(() => type.decode(bytes))).toBe('macula.crdt.malformed_state');
      }
    }
  });

  test('refuses sizes beyond the bytes that are there, without allocating for them', () => {
    const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
    for (const head of [0x10, 0x11, 0x14]) {
      expect(codeOf(() => ORSet.decode(Uint8Array.of(head, ...huge)))).toBe(
        'macula.crdt.malformed_state',
      );
      expect(codeOf(() => GCounter.decode(Uint8Array.of(head, ...huge)))).toBe(
        'macula.crdt.malformed_state',
      );
    }
  });
});

describe('the hybrid clock', () => {
  test('never goes back, and is later than what it observed', async () => {
    const clock = virtualClock({ wallTime: 1_000 });
    const hybrid = createHybridClock(clock, { maxSkewMs: 500 });
    expect(hybrid.now()).toEqual({ wallMs: 1_000, counter: 0 });
    expect(hybrid.now()).toEqual({ wallMs: 1_000, counter: 1 });
    hybrid.observe({ wallMs: 1_400, counter: 9 });
    expect(hybrid.now()).toEqual({ wallMs: 1_400, counter: 10 });
    await clock.advance(1_000);
    expect(hybrid.now()).toEqual({ wallMs: 2_000, counter: 0 });
    hybrid.observe({ wallMs: 1_000, counter: 0 });
    expect(hybrid.now()).toEqual({ wallMs: 2_000, counter: 1 });
  });

  test('refuses timestamps from too far in the future', () => {
    const hybrid = createHybridClock(virtualClock({ wallTime: 1_000 }), { maxSkewMs: 500 });
    expect(codeOf(() => hybrid.observe({ wallMs: 1_501, counter: 0 }))).toBe(
      'macula.crdt.clock_skew',
    );
    expect(hybrid.now()).toEqual({ wallMs: 1_000, counter: 0 });
    expect(codeOf(() => createHybridClock(virtualClock(), { maxSkewMs: -1 }))).toBe(
      'macula.invalid_argument',
    );
  });
});

import { CausalState, eventDelta, nextCounter, removalDelta } from './causal/causal-state.ts';
import { CausalTable } from './causal/causal-table.ts';
import { causalType } from './causal/causal-type.ts';
import { type Cell, Dot, dotsOf } from './causal/dot.ts';
import { CompactMap } from './compact-map.ts';
import type { Crdt, Divisible, ReplicatedType, Timestamped } from './crdt.ts';
import { compareKeys, type ElementKey, keyOf, valueOf } from './element-key.ts';
import { laterOf, type Timestamp } from './hybrid-clock.ts';
import { mapShareRules, type MapShare } from './map-share.ts';
import { spanOf } from './span.ts';
import { StateTag } from './state-tag.ts';
import { aliasOf, checkWriter } from './writer-id.ts';

/** State of an ORMap: its keys are of type `K`, the states of its values of type `S`. */
export interface ORMapState<K, S> extends CausalState<MapShare<S>> {
  readonly keyType?: K;
}

export interface ORMapOptions {
  /**
   * What becomes of an update that happens concurrently with a remove of its key.
   *
   * `loses` (default): the remove loses. The key stays, with all that the updating writers did to it;
   * what only others did is gone. Every update sends its writer's whole share of that value.
   *
   * `wins`: the remove wins. The update is gone too, unless its writer saw no such key and so created it anew. An
   * update sends only what it changed: choose this for large values.
   */
  readonly concurrentRemove?: 'loses' | 'wins';
}

/**
 * A map from MessagePack-able keys to values of one CRDT. A key that is removed and set again starts from
 * the empty value; nothing remains of removed keys.
 */
export interface ORMapType<K, S, V>
  extends
    Crdt<ORMapState<K, S>, ReadonlyMap<K, V>>,
    Divisible<ORMapState<K, S>>,
    Timestamped<ORMapState<K, S>> {
  /**
   * Delta that changes the value at `key`, or creates it: `mutate` gets the value's state and the writer ID to
   * use inside it, and returns a delta. Throws what `mutate` throws, UnencodableValueError, InvalidArgumentError.
   */
  update(
    state: ORMapState<K, S>,
    writer: string,
    key: K,
    mutate: (value: S, writer: string) => S,
  ): ORMapState<K, S>;
  /** Delta that removes `key`; empty when it is not in the map. */
  remove(state: ORMapState<K, S>, key: K): ORMapState<K, S>;
  has(state: ORMapState<K, S>, key: K): boolean;
  /** The value at `key`. */
  get(state: ORMapState<K, S>, key: K): V | undefined;
  /** The state of the value at `key`; the empty state when the key is not there. */
  stateAt(state: ORMapState<K, S>, key: K): S;
  /** Number of keys. */
  size(state: ORMapState<K, S>): number;
  /** The keys in no particular order. */
  keys(state: ORMapState<K, S>): Iterable<K>;
}

/** The type of maps whose values are of `type`. */
export function ORMap<K, S, V>(
  type: ReplicatedType<S, V>,
  options: ORMapOptions = {},
): ORMapType<K, S, V> {
  type MapState = ORMapState<K, S>;
  const removeWins = options.concurrentRemove === 'wins';

  const joined = (cell: Cell<MapShare<S>> | undefined): S => {
    if (cell instanceof Dot) return cell.payload.state;
    let state = type.empty;
    for (const dot of dotsOf(cell)) state = type.merge(state, dot.payload.state);
    return state;
  };
  const cellAt = (state: MapState, key: K): Cell<MapShare<S>> | undefined =>
    state.table().entries.get(keyOf(key));

  const base = causalType(
    `macula.${removeWins ? 'remove-wins-map' : 'or-map'}<${type.name}>`,
    removeWins ? StateTag.removeWinsMap : StateTag.orMap,
    mapShareRules(type, removeWins),
    (state: MapState) => {
      const { entries } = state.table();
      const keys = [...entries.keys()].sort(compareKeys);
      return new Map(keys.map((key) => [valueOf(key) as K, type.value(joined(entries.get(key)))]));
    },
  );

  const map: ORMapType<K, S, V> = {
    ...base,

    latestTimestamp(state) {
      let latest: Timestamp | undefined;
      if (type.latestTimestamp === undefined) return latest;
      for (const [, cell] of state.table().entries) {
        for (const dot of dotsOf(cell)) {
          latest = laterOf(latest, type.latestTimestamp(dot.payload.state));
        }
      }
      return latest;
    },

    update(state, writer, key, mutate) {
      checkWriter(writer);
      const place = keyOf(key);
      const cell = state.table().entries.get(place);
      if (removeWins && cell !== undefined) {
        const [dot] = dotsOf(cell) as [Dot<MapShare<S>>];
        const change = mutate(joined(cell), aliasOf(`${writer}@${dot.writer}:${dot.counter}`));
        return shareDelta(place, dot, { born: dot.counter, state: change });
      }
      const counter = nextCounter(state, writer);
      const own = ownDot(cell, writer);
      const born = own?.payload.born ?? counter;
      const alias = removeWins ? `${writer}@${writer}:${born}` : `${writer}@${born}`;
      const change = mutate(joined(cell), aliasOf(alias));
      const share = type.merge(own?.payload.state ?? type.empty, change);
      return eventDelta(state, writer, place, { born, state: share }, own);
    },

    remove(state, key) {
      const cell = cellAt(state, key);
      return cell === undefined ? map.empty : removalDelta(keyOf(key), cell);
    },

    has: (state, key) => cellAt(state, key) !== undefined,

    get(state, key) {
      const cell = cellAt(state, key);
      return cell === undefined ? undefined : type.value(joined(cell));
    },

    stateAt: (state, key) => joined(cellAt(state, key)),
    size: (state) => state.table().entries.size,

    *keys(state) {
      for (const key of state.table().entries.keys()) yield valueOf(key) as K;
    },
  };
  return map;
}

/** The dot under which `writer` has its share. */
function ownDot<P>(cell: Cell<P> | undefined, writer: string): Dot<P> | undefined {
  if (cell instanceof Dot) return cell.writer === writer ? cell : undefined;
  return cell?.findLast((dot) => dot.writer === writer);
}

/** A delta that adds to what an existing dot carries. */
function shareDelta<S>(
  key: ElementKey,
  dot: Dot<MapShare<S>>,
  change: MapShare<S>,
): CausalState<MapShare<S>> {
  const entries = new CompactMap<ElementKey, Cell<MapShare<S>>>(
    key,
    new Dot(dot.writer, dot.counter, change),
  );
  return new CausalState(new CausalTable(entries, new CompactMap(dot.writer, spanOf(dot.counter))));
}

import type { Timestamp } from './hybrid-clock.ts';

/**
 * What every replicated data type offers. A state is an immutable value in a join-semilattice: `merge`
 * is its join, `lessOrEqual` its order, `empty` its least element. Mutators read a state and return a
 * *delta*, itself a (small) state: `next = merge(state, delta)` applies it here, and merging the
 * same delta anywhere else applies it there (Almeida, Shoker and Baquero, "Delta State Replicated
 * Data Types", 2018). Deltas may be lost, repeated, reordered and merged with one another.
 *
 * All functions are pure: no argument is ever changed, however a result is represented inside.
 */
export interface Crdt<State, Value> {
  /** Names the type on the wire and in stores; two types of one name must be the same type. */
  readonly name: string;
  /** The state before any operation. */
  readonly empty: State;
  /** The least state that contains both: commutative, associative, idempotent. */
  merge(a: State, b: State): State;
  /** What the user sees; equal states have equal values. */
  value(state: State): Value;
  /** Whether `b` contains everything that `a` does: `merge(a, b)` equals `b`. */
  lessOrEqual(a: State, b: State): boolean;
  /** Canonical bytes: equal states give equal bytes on every replica. */
  encode(state: State): Uint8Array;
  /** The inverse of `encode`. Throws MalformedStateError for anything that `encode` does not write. */
  decode(bytes: Uint8Array): State;
  /** SHA-256 of the canonical bytes: equal exactly for equal states. */
  digest(state: State): Uint8Array;
}

/**
 * A type whose states fall into parts that can be compared and sent one by one, so that two large
 * states that differ a little exchange only a little. Types without it are exchanged whole.
 */
export interface Divisible<State> {
  /** The parts, each with bytes that are equal exactly when the part is equal. An absent part differs from every present one. */
  parts(state: State): Iterable<readonly [id: string, content: Uint8Array]>;
  /**
   * Tells a peer enough about the named parts for it to answer with what this state lacks there. The names may be
   * the peer's: throws MalformedStateError for those that no state can have.
   */
  describe(state: State, ids: readonly string[]): Uint8Array;
  /** The least delta that brings the describing peer up to `state` in those parts. Throws MalformedStateError. */
  answer(state: State, description: Uint8Array): State;
  /** Cuts a state into deltas whose encodings are around `maxBytes` or less where possible; their merge is the state. */
  split(state: State, maxBytes: number): Iterable<State>;
}

/** A type whose states carry clock readings, which a replica bounds before it accepts them. */
export interface Timestamped<State> {
  /** The latest timestamp in the state; undefined without any. */
  latestTimestamp(state: State): Timestamp | undefined;
}

/** A type with whatever optional abilities it has. */
export type ReplicatedType<State, Value> = Crdt<State, Value> &
  Partial<Divisible<State>> &
  Partial<Timestamped<State>>;

/** The state type of a CRDT. */
export type StateOf<Type> = Type extends Crdt<infer State, never> ? State : never;

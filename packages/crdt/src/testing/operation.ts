import type * as fc from 'fast-check';
import type { Timestamp } from '../hybrid-clock.ts';

/** What an operation may use besides the state and its arguments. */
export interface OperationContext {
  /** Name under which the replica writes; for MVRegister, ORSet and others like it. */
  readonly writer: string;
  /** A reading of the replica's hybrid clock, which may be wrong by seconds. */
  readonly now: Timestamp;
}

/** An operation of a CRDT: how to make arguments for it, and how to do it. */
export interface Operation<State, Args> {
  readonly args: fc.Arbitrary<Args>;
  /** Returns a delta, and leaves `state` as it is. */
  apply(state: State, context: OperationContext, args: Args): State;
}

/** All operations of a CRDT by name. */
export type Operations<State> = Readonly<Record<string, Operation<State, never>>>;

/** Makes an operation; only infers its types. */
export function operation<State, Args>(
  args: fc.Arbitrary<Args>,
  apply: (state: State, context: OperationContext, args: Args) => State,
): Operation<State, never> {
  return { args, apply } as unknown as Operation<State, never>;
}

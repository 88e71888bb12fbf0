import { InvalidArgumentError } from '@macula/core';
import type { Simulation } from './simulation.ts';

/** True or nothing: it holds. False, or a text that says what is wrong, or an exception: it does not. */
export type Check<A> = (simulation: Simulation<A>) => boolean | string | undefined;

/** What must be true of a simulation, and when it is asked. */
export interface Invariant<A> {
  readonly name: string;
  readonly kind: 'always' | 'settles';
  readonly check: Check<A>;
  /** Milliseconds between two checks; 0: after every instant in which anything happened. */
  readonly everyMs: number;
  /** For `settles`: how long after the last step it may take. */
  readonly withinMs: number;
}

/** What must hold all the time: safety. Checked after every instant, or every so often where `everyMs` says so. */
export function always<A>(
  name: string,
  check: Check<A>,
  { everyMs = 0 }: { readonly everyMs?: number } = {},
): Invariant<A> {
  return invariant({ name, kind: 'always', check, everyMs, withinMs: 0 });
}

/** What must come to hold within a time after the scenario's last step, and then stay: liveness. */
export function settles<A>(
  name: string,
  check: Check<A>,
  { withinMs, everyMs = 100 }: { readonly withinMs: number; readonly everyMs?: number },
): Invariant<A> {
  return invariant({ name, kind: 'settles', check, everyMs, withinMs });
}

/** Undefined when it holds, else what is wrong. */
export function violationOf<A>(
  { check }: Invariant<A>,
  simulation: Simulation<A>,
): string | undefined {
  try {
    const result = check(simulation);
    if (typeof result === 'string') return result;
    return result === false ? 'it does not hold' : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function invariant<A>(made: Invariant<A>): Invariant<A> {
  if (!(made.everyMs >= 0 && made.withinMs >= 0)) {
    throw new InvalidArgumentError(`invariant ${made.name} needs times of 0 ms or more`);
  }
  return made;
}

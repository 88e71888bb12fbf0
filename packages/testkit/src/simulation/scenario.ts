import { InvalidArgumentError } from '@macula/core';
import type { Simulation } from './simulation.ts';

/** Something that is done to a simulation. */
export interface Action {
  /** How traces and failures call it. */
  readonly name: string;
  run(simulation: Simulation<unknown>): unknown;
}

/** An action and its time: what scenarios are lists of. */
export interface Step {
  /** Virtual milliseconds since the beginning. */
  readonly atMs: number;
  readonly action: Action;
}

export interface RepetitionOptions {
  /** The first time, in milliseconds since the beginning. Default: after one interval. */
  readonly fromMs?: number;
  /** No later than this. */
  readonly untilMs: number;
}

/** Does `action` once, `atMs` after the beginning. */
export function at(atMs: number, action: Action): Step[] {
  return repeat(atMs, atMs, 1, action);
}

/** Does `action` every `intervalMs`, a limited number of times. */
export function every(
  intervalMs: number,
  action: Action,
  { fromMs = intervalMs, untilMs }: RepetitionOptions,
): Step[] {
  return repeat(fromMs, untilMs, intervalMs, action);
}

/** All steps of a scenario in the order of their times; equal times keep the order they were written in. */
export function inOrder(scenario: readonly (Step | readonly Step[])[]): Step[] {
  return scenario.flat().sort((a, b) => a.atMs - b.atMs);
}

function repeat(fromMs: number, untilMs: number, intervalMs: number, action: Action): Step[] {
  if (!(fromMs >= 0 && intervalMs > 0 && untilMs < Number.POSITIVE_INFINITY)) {
    throw new InvalidArgumentError(
      `${action.name} needs a time of 0 ms or later, an interval above 0 and an end, got ${fromMs}, ${intervalMs} and ${untilMs}`,
    );
  }
  const steps: Step[] = [];
  for (let atMs = fromMs; atMs <= untilMs; atMs += intervalMs) steps.push({ atMs, action });
  return steps;
}

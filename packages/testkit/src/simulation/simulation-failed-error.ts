import { MaculaError } from '@macula/core';
import type { TracedEvent } from './event-trace.ts';

export interface SimulationFailure {
  /** Name of the simulation. */
  readonly simulation: string;
  readonly seed: number;
  /** Name of the invariant that was violated. */
  readonly invariant: string;
  /** What is wrong. */
  readonly detail: string;
  /** When it was noticed, in virtual milliseconds since the beginning. */
  readonly atMs: number;
  /** Fingerprint of all events until then. */
  readonly hash: string;
  /** The last things that happened besides frames. */
  readonly notes: readonly TracedEvent[];
  /** One line for a shell, which makes the same happen again. */
  readonly command: string;
}

const shownNotes = 20;

/** An invariant of a simulation did not hold. */
export class SimulationFailedError extends MaculaError {
  readonly code = 'macula.simulation.failed';
  readonly failure: SimulationFailure;

  constructor(failure: SimulationFailure, options?: { cause?: unknown }) {
    super(describe(failure), options);
    this.failure = failure;
  }
}

function describe(failure: SimulationFailure): string {
  const { simulation, seed, invariant, detail, atMs, hash, notes, command } = failure;
  return [
    `${simulation}: "${invariant}" is violated ${atMs} ms after the beginning, with seed ${seed}: ${detail}`,
    ...notes.slice(-shownNotes).map((event) => `  ${event.atMs} ms: ${event.what}`),
    `event trace: ${hash}`,
    `reproduce: ${command}`,
  ].join('\n');
}

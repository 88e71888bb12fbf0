import type { Clock } from '@macula/core';
import type { Traffic } from './traffic.ts';

/** What a role is given beside its settings. */
export interface RoleContext {
  readonly clock: Clock;
  /** Monotonic milliseconds that are the same in all processes of the machine. */
  readonly machineNow: () => number;
  readonly traffic: Traffic;
  /** Fires when the demo ends. */
  readonly signal: AbortSignal;
  /** Ends the demo: the role cannot go on. */
  fail(error: unknown): void;
}

/** A role that has subscribed and registered all it serves. */
export interface RunningRole {
  /** Begins what the role does by itself, once everybody is there; resolves when that is done. */
  run?(): Promise<void>;
}

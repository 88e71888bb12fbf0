import type { Address } from '@macula/core';
import type { Backend } from '../backend.ts';
import type { Connection } from '../connection.ts';

/** One thing to try, and when. */
export interface Entrant {
  readonly backend: Backend;
  readonly address: Address;
  /** Milliseconds after the start of the race; sooner when one that started before has failed. */
  readonly startMs: number;
}

export interface RacePlanOptions {
  /** Milliseconds between one address and the next. */
  readonly staggerMs: number;
  /** Milliseconds that the preferred protocol has at an address before the other one starts. */
  readonly fallbackMs: number;
}

/**
 * The order in which a target's addresses are tried: best first, the next while the one before has not
 * answered (Happy Eyeballs, RFC 8305, §5), each with the preferred protocol first and the others after.
 */
export function planRace(
  addresses: readonly Address[],
  backends: readonly Backend[],
  preferred: Connection['protocol'],
  options: RacePlanOptions,
): readonly Entrant[] {
  const byPreference = [...backends].sort(
    (a, b) => Number(b.protocol === preferred) - Number(a.protocol === preferred),
  );
  return addresses
    .flatMap((address, nth) =>
      byPreference.map((backend, rank) => ({
        backend,
        address,
        startMs: nth * options.staggerMs + rank * options.fallbackMs,
      })),
    )
    .sort((a, b) => a.startMs - b.startMs);
}

import { backoffDelay, type NodeId, type Random } from '@macula/core';
import type { LifecycleState } from './member-lifecycle.ts';

/** Longest delay between two dials of one member, by its state, in milliseconds. */
const longestDelayMs: Readonly<Record<string, number>> = {
  candidate: 60_000,
  suspect: 2_000,
};
const failedDelayMs = 15_000;
const staggerMs = 40;

/**
 * Milliseconds before dial `attempt` of a member. Before the first one, both sides draw a stagger, the
 * node with the greater ID after the other's: who has the smaller ID dials first, and mostly the other
 * never needs to. Later ones back off exponentially with jitter. A failed member is dialled every
 * 15 s (± 50 %) without end: what ends it is being forgotten.
 */
export function memberDialDelay(
  state: LifecycleState,
  attempt: number,
  ids: { readonly self: NodeId; readonly peer: NodeId },
  random: Random,
): number {
  if (state === 'failed') return failedDelayMs * (0.5 + random.next());
  if (attempt === 0) {
    const turn = ids.self.compare(ids.peer) < 0 ? 0 : 1.5 * staggerMs;
    return turn + random.next() * staggerMs;
  }
  const maxMs = longestDelayMs[state] ?? 2_000;
  return 100 + backoffDelay(attempt, { baseMs: 200, maxMs }, random);
}

/** Milliseconds before attempt `attempt` on a bootstrap address: at once, then 0.25-30 s, half of it jitter. */
export function bootstrapDelay(attempt: number, random: Random): number {
  if (attempt === 0) return random.next() * staggerMs;
  const bound = Math.min(30_000, 500 * 2 ** Math.min(attempt - 1, 10));
  return bound / 2 + (random.next() * bound) / 2;
}

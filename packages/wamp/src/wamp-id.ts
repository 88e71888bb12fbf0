import type { Random } from '@macula/core';

/** The largest ID that a double holds exactly. WAMP's range ends one above, where two integers look the same. */
export const largestId = Number.MAX_SAFE_INTEGER;

/** An ID of the global or router scope: random, from 1 to 2^53 - 1 (WAMP, "IDs"). */
export function randomId(random: Random): number {
  return random.integer(largestId) + 1;
}

/** A random ID that `taken` does not hold yet. */
export function freshId(random: Random, taken: { has(id: number): boolean }): number {
  let id = randomId(random);
  while (taken.has(id)) id = randomId(random);
  return id;
}

/** Whether `value` is an ID of any scope. */
export function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

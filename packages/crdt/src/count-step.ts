import { InvalidArgumentError } from '@macula/core';

/** The count after adding `amount` to it. Throws InvalidArgumentError for anything but a natural number, or above 2^53 - 1. */
export function countAfter(count: number, amount: number): number {
  if (!Number.isSafeInteger(amount) || amount < 0) {
    throw new InvalidArgumentError(`an amount must be a natural number, got ${String(amount)}`);
  }
  const next = count + amount;
  if (next > Number.MAX_SAFE_INTEGER) {
    throw new InvalidArgumentError(`a writer cannot count beyond 2^53 - 1, and ${amount} would`);
  }
  return next;
}

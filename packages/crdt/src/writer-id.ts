import { InvalidArgumentError } from '@macula/core';

const maxLength = 256;

/**
 * Checks the name under which a replica writes: 1 to 256 characters, well-formed. It must be unique
 * among all replicas that ever write, and never be used again by one that lost its state.
 */
export function checkWriter(writer: string): void {
  if (!isWriterId(writer)) {
    throw new InvalidArgumentError(
      `a writer's ID has 1 to ${maxLength} characters, got ${JSON.stringify(String(writer).slice(0, 80))}`,
    );
  }
}

/** Whether `text` can be a writer's ID. */
export function isWriterId(text: unknown): boolean {
  return (
    typeof text === 'string' && text.length > 0 && text.length <= maxLength && text.isWellFormed()
  );
}

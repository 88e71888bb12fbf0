import { InvalidArgumentError } from '@macula/core';
import { sha256 } from './sha256.ts';

const maxLength = 256;
/** Longer aliases than this are replaced by their hash, so that maps within maps keep theirs short. */
const longestAlias = 64;

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

/** A writer's ID for the inside of a value, from a name that is unique: itself, or its SHA-256 if it is long. */
export function aliasOf(name: string): string {
  return name.length <= longestAlias
    ? name
    : Buffer.from(sha256(Buffer.from(name))).toString('base64url');
}

/** Whether `text` can be a writer's ID. */
export function isWriterId(text: unknown): boolean {
  return (
    typeof text === 'string' && text.length > 0 && text.length <= maxLength && text.isWellFormed()
  );
}

import type { WampError } from '../errors.ts';
import { isId } from '../wamp-id.ts';

/** How the parts of several routers become one answer. */
export interface Summary<Part> {
  /** Whether what another router sent is a part. */
  readonly isPart: (value: unknown) => boolean;
  /** Whether no other router could add to this part. */
  readonly isWhole: (part: Part) => boolean;
  /** The answer's positional arguments. The first part is that of the router that was asked. Throws WampError. */
  readonly merge: (parts: readonly Part[]) => readonly unknown[];
}

const never = (): boolean => false;

/** Numbers of things, added up. */
export const total: Summary<number> = {
  isPart: isCount,
  isWhole: never,
  merge: (parts) => [sum(parts)],
};

/** Lists of IDs, one after the other. */
export const union: Summary<readonly number[]> = {
  isPart: areIds,
  isWhole: never,
  merge: (parts) => [parts.flat()],
};

/** What one router has, and the others answer with null. Throws `missing` where none has it. */
export function foundBy<T>(
  isPart: (value: unknown) => boolean,
  missing: () => WampError,
): Summary<T | null> {
  return {
    isPart: (value) => value === null || isPart(value),
    isWhole: (part) => part !== null,
    merge(parts) {
      const found = parts.find((part) => part !== null);
      if (found === undefined) throw missing();
      return [found];
    },
  };
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function areIds(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isId);
}

function sum(parts: readonly number[]): number {
  return parts.reduce((all, part) => all + part, 0);
}

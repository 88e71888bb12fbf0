import { z } from 'zod';

/** An object of another package, which checks what is in it. */
export function handedIn<T extends object>(
  what: string,
  ...methods: readonly (keyof T & string)[]
) {
  const fits = (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function');
  return z.custom<T>(fits, `must be ${what}`);
}

/** A port to listen on. */
export const portNumber = z
  .number()
  .refine(
    (port) => Number.isInteger(port) && port >= 0 && port <= 65_535,
    'must be a port from 0 (any free one) to 65535',
  );

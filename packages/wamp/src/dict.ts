/** WAMP's dictionaries: options, details and named arguments. */
export type Dict = Readonly<Record<string, unknown>>;

export const emptyDict: Dict = Object.freeze({});
export const emptyList: readonly unknown[] = Object.freeze([]);

/** Whether `value` is a map of a message, rather than a list, bytes, a date or nothing. */
export function isDict(value: unknown): value is Dict {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}

import { Message, withKwargs } from '@macula/node';
import type { Arguments } from '../router/router-session.ts';

/** The value that the mesh takes for WAMP's arguments. */
export function valueOf({ args, kwargs }: Arguments): unknown {
  return Object.keys(kwargs).length === 0 ? args : withKwargs(args, kwargs);
}

/** WAMP's arguments for a value that the mesh gave. */
export function argumentsOf(value: unknown): Arguments {
  if (Array.isArray(value)) return { args: value, kwargs: {} };
  if (value instanceof Message) return value;
  if (Object.prototype.toString.call(value) === '[object Object]') {
    return { args: [], kwargs: value as Record<string, unknown> };
  }
  return { args: value === undefined ? [] : [value], kwargs: {} };
}

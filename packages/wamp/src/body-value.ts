import { bodyOf, readBody, withKwargs } from '@macula/wire';
import { type Dict, emptyDict, emptyList } from './dict.ts';

/** What WAMP messages carry. */
export interface Arguments {
  readonly args?: readonly unknown[] | undefined;
  readonly kwargs?: Dict | undefined;
}

/** The value that the mesh takes for WAMP's arguments. */
export function valueOf({ args = emptyList, kwargs }: Arguments): unknown {
  return kwargs === undefined || Object.keys(kwargs).length === 0 ? args : withKwargs(args, kwargs);
}

/** WAMP's arguments for a value that the mesh gave. */
export function argumentsOf(value: unknown): Arguments {
  return trimmed(readBody(bodyOf(value)));
}

/** Leaves out what is empty, as the messages do. */
export function trimmed({ args = emptyList, kwargs = emptyDict }: Arguments): Arguments {
  const named = Object.keys(kwargs).length > 0 ? kwargs : undefined;
  return { args: args.length > 0 ? args : undefined, kwargs: named };
}

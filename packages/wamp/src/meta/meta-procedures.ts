import { type Dict, emptyDict, isDict } from '../dict.ts';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import type { ClientSession } from '../session/client-session.ts';

/** One procedure of the meta API: answers with positional arguments, or throws WampError. */
export type MetaProcedure = (
  session: ClientSession,
  args: readonly unknown[],
  kwargs: Dict,
) => readonly unknown[];

/** The argument at `index`, which has to be an ID. Throws WampError. */
export function idAt(args: readonly unknown[], index: number): number {
  const id = args[index];
  if (typeof id === 'number') return id;
  throw new WampError(WampUri.invalidArgument, [`argument ${index} must be an ID`]);
}

/** The argument at `index`, which has to be a string. Throws WampError. */
export function textAt(args: readonly unknown[], index: number): string {
  const text = args[index];
  if (typeof text === 'string') return text;
  throw new WampError(WampUri.invalidArgument, [`argument ${index} must be a string`]);
}

/** The argument at `index`, a map that may be left out. */
export function optionsAt(args: readonly unknown[], index: number): Dict {
  const options = args[index];
  return isDict(options) ? options : emptyDict;
}

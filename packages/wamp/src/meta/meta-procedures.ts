import { type Dict, emptyDict, isDict } from '../dict.ts';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import type { ClientSession } from '../session/client-session.ts';
import type { Summary } from './summary.ts';

/** A procedure about the session that calls it: its router answers with positional arguments, or throws WampError. */
export type OwnProcedure = (
  session: ClientSession,
  args: readonly unknown[],
  kwargs: Dict,
) => readonly unknown[];

/** The session that calls, at this router or at another. */
export type Asker = Pick<ClientSession, 'id' | 'realm' | 'authid' | 'authrole'>;

/** A procedure about the realm: each of its routers has a part of the answer. */
export interface RealmProcedure extends Summary<unknown> {
  /** What this router knows, or does. Throws WampError where the arguments are wrong. */
  part(asker: Asker, args: readonly unknown[], kwargs: Dict): unknown;
}

/** Makes a procedure of what one router says, and of how that is put together. */
export function realmProcedure<Part>(
  summary: Summary<Part>,
  part: (asker: Asker, args: readonly unknown[], kwargs: Dict) => Part,
): RealmProcedure {
  // What is put together has gone through `isPart`.
  return { ...(summary as Summary<unknown>), part };
}

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

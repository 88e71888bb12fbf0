import { type Dict, isDict } from '../dict.ts';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import { isId } from '../wamp-id.ts';
import type { Asker } from './meta-procedures.ts';

/** A call of a meta procedure, as routers hand it to each other. */
export interface Question {
  readonly procedure: string;
  readonly asker: Asker;
  readonly args: readonly unknown[];
  readonly kwargs: Dict;
}

/** The arguments that carry a question to another router of the realm. */
export function argumentsFor({ procedure, asker, args, kwargs }: Question): readonly unknown[] {
  const { id, authid, authrole } = asker;
  return [procedure, { id, authid, authrole }, args, kwargs];
}

/** The inverse. Throws WampError. */
export function questionIn(received: readonly unknown[], realm: string): Question {
  const [procedure, asker, args, kwargs] = received;
  if (typeof procedure === 'string' && isDict(asker) && Array.isArray(args) && isDict(kwargs)) {
    const { id, authid, authrole } = asker;
    if (isId(id) && typeof authid === 'string' && typeof authrole === 'string') {
      return { procedure, asker: { id, realm, authid, authrole }, args, kwargs };
    }
  }
  throw new WampError(WampUri.invalidArgument, ['this is no question of a router']);
}
